import { setTimeout as pause } from 'node:timers/promises'
import type { EmbeddedOpenStack } from '../../../../providers/openstack/embedded/index.ts'

export type Json = Record<string, unknown>

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body, when it is JSON; else an empty object. */
  readonly body: Json
}

/** Plain HTTP with a token of a user: what a client without any library sees. */
export class Rest {
  readonly origin: string
  token: string

  constructor(cloud: EmbeddedOpenStack, token: string) {
    this.origin = `http://127.0.0.1:${cloud.port}`
    this.token = token
  }

  async ask(method: string, path: string, body?: unknown, headers: Json = {}): Promise<Answer> {
    const response = await fetch(path.startsWith('http') ? path : `${this.origin}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(this.token !== '' && { 'x-auth-token': this.token }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(headers as Record<string, string>),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: parsed(text) }
  }

  get(path: string, headers: Json = {}): Promise<Answer> {
    return this.ask('GET', path, undefined, headers)
  }

  post(path: string, body: unknown, headers: Json = {}): Promise<Answer> {
    return this.ask('POST', path, body, headers)
  }

  put(path: string, body: unknown, headers: Json = {}): Promise<Answer> {
    return this.ask('PUT', path, body, headers)
  }

  delete(path: string, headers: Json = {}): Promise<Answer> {
    return this.ask('DELETE', path, undefined, headers)
  }
}

function parsed(text: string): Json {
  try {
    return (JSON.parse(text) ?? {}) as Json
  } catch {
    return {}
  }
}

/** Microversion header. */
export function at(version: string): Json {
  return { 'openstack-api-version': `compute ${version}` }
}

export const NOVA = '/compute/v2.1'
export const NEUTRON = '/network/v2.0'
export const GLANCE = '/image/v2'
export const KEYSTONE = '/identity/v3'

export function passwordAuth(user: string, password = 'secret', scope?: unknown): Json {
  const identity = { name: user, domain: { name: 'Default' }, password }
  return {
    auth: {
      identity: { methods: ['password'], password: { user: identity } },
      ...(scope !== undefined && { scope }),
    },
  }
}

export async function login(cloud: EmbeddedOpenStack, user = 'demo'): Promise<Rest> {
  const rest = new Rest(cloud, '')
  const answer = await rest.post(`${KEYSTONE}/auth/tokens`, passwordAuth(user))
  if (answer.status !== 201) throw new Error(`login: ${answer.status} ${answer.text}`)
  return new Rest(cloud, answer.headers.get('x-subject-token') ?? '')
}

/** Member of a body by path: `pick(body, 'server', 'id')`. */
export function pick(body: unknown, ...path: (string | number)[]): unknown {
  let value = body
  for (const step of path) value = (value as Record<string | number, unknown> | undefined)?.[step]
  return value
}

export function list(body: unknown, key: string): Json[] {
  return pick(body, key) as Json[]
}

/** Polls until the answer satisfies. */
export async function until<T>(read: () => Promise<T>, fits: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const value = await read()
    if (fits(value)) return value
    if (Date.now() > deadline) throw new Error(`It never came to it: ${JSON.stringify(value)}`)
    await pause(10)
  }
}

/** Ids of the seed that most requests need. */
export async function seedOf(rest: Rest): Promise<{ image: string; network: string; external: string }> {
  const images = await rest.get(`${GLANCE}/images?name=cirros`)
  const networks = await rest.get(`${NEUTRON}/networks`)
  const named = (name: string) =>
    String(list(networks.body, 'networks').find((network) => network.name === name)?.id)
  return {
    image: String(pick(images.body, 'images', 0, 'id')),
    network: named('private'),
    external: named('public'),
  }
}

/** Creates a server and returns its id. */
export async function createServer(rest: Rest, extra: Json = {}, version = '2.90'): Promise<string> {
  const { image, network } = await seedOf(rest)
  const server = { name: 'one', flavorRef: '1', imageRef: image, networks: [{ uuid: network }], ...extra }
  const answer = await rest.post(`${NOVA}/servers`, { server }, at(version))
  if (answer.status !== 202) throw new Error(`create: ${answer.status} ${answer.text}`)
  return String(pick(answer.body, 'server', 'id'))
}

/** The server as soon as its build is over. */
export async function built(rest: Rest, id: string): Promise<Json> {
  const answer = await until(
    () => rest.get(`${NOVA}/servers/${id}`, at('2.90')),
    ({ body }) => pick(body, 'server', 'status') !== 'BUILD',
  )
  return pick(answer.body, 'server') as Json
}

export function gone(rest: Rest, id: string): Promise<Answer> {
  return until(
    () => rest.get(`${NOVA}/servers/${id}`),
    ({ status }) => status === 404,
  )
}
