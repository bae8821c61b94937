/** An invented cloud, such as a small hosting company may have: a JSON API on 127.0.0.1. It knows no provider. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Labels = Readonly<Record<string, string>>

interface Machine {
  readonly id: string
  readonly name: string
  readonly size: string
  readonly image: string
  readonly zone: string
  readonly user_data: string
  readonly address: string
  labels: Labels
  /** When it is ready, and when it is gone: milliseconds since the epoch. */
  readonly ready: number
  gone?: number
}

interface Rule {
  readonly id: string
  readonly applies_to: { readonly machine?: string; readonly label?: string }
  readonly labels: Labels
  readonly protocol: string
  readonly from: number
  readonly to: number
  readonly cidr: string
}

/** What a test looks at. */
export interface RestCloud extends AsyncDisposable {
  readonly endpoint: string
  readonly token: string
  /** Names of all that is there. */
  inventory(): readonly string[]
  /** The labels of each machine. */
  machines(): readonly Labels[]
}

/** How such a cloud is. */
export interface RestCloudOptions {
  /** Machines that there may be. Default 20. */
  readonly quota?: number
  /** Every so many requests, one is answered with 429. Default 25. */
  readonly limitEvery?: number
}

const MOMENT = 5
const PAGE = 3
const ZONES = [
  { name: 'north', available: true },
  { name: 'south', available: true },
  { name: 'west', available: false },
]
const SIZES = [
  { name: 'small', cpus: 1, memory_mb: 2048, disk_gb: 20, price: 5 },
  { name: 'medium', cpus: 2, memory_mb: 4096, disk_gb: 40, price: 10 },
  { name: 'large', cpus: 4, memory_mb: 8192, disk_gb: 80, price: 20 },
]
const IMAGES = [
  { id: 'img-jammy', os: 'ubuntu', version: '22.04', arch: 'x86_64' },
  { id: 'img-noble', os: 'ubuntu', version: '24.04', arch: 'x86_64' },
  { id: 'img-bookworm', os: 'debian', version: '12', arch: 'x86_64' },
]

/** An answer that is a refusal. */
class Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

const notFound = (what: string): Refusal => new Refusal(404, 'not_found', `there is no ${what}`)

/** What a request is answered by. */
interface Call {
  readonly id: string
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
}

async function bodyOf(request: IncomingMessage): Promise<Call['body']> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk)
  if (text === '') return {}
  try {
    return JSON.parse(text) as Call['body']
  } catch {
    throw new Refusal(400, 'bad_request', 'the body is no JSON')
  }
}

/** A page of those that have all labels of the query. */
function page<T extends { readonly labels: Labels }>(key: string, all: readonly T[], query: URLSearchParams) {
  const wanted = query.getAll('label').map((label) => label.split('=') as [string, string])
  const found = all.filter(({ labels }) => wanted.every(([name, value]) => labels[name] === value))
  const number = Number(query.get('page') ?? 1)
  const next = number * PAGE < found.length ? { next_page: number + 1 } : {}
  return { [key]: found.slice((number - 1) * PAGE, number * PAGE), ...next }
}

/** Starts one. */
export async function startRestCloud({
  quota = 20,
  limitEvery = 25,
}: RestCloudOptions = {}): Promise<RestCloud> {
  const token = `token-${crypto.randomUUID()}`
  const machines = new Map<string, Machine>()
  const rules = new Map<string, Rule>()
  let serial = 0
  let requests = 0

  /** Whatever is gone by now is forgotten, with its rules. */
  function settle(): void {
    for (const { id, gone = Number.POSITIVE_INFINITY } of machines.values()) {
      if (gone > Date.now()) continue
      machines.delete(id)
      for (const rule of rules.values()) if (rule.applies_to.machine === id) rules.delete(rule.id)
    }
  }

  const machine = (id: string): Machine => machines.get(id) ?? raise(notFound(`machine ${id}`))

  const shown = ({ ready, gone, address, user_data: _userData, ...rest }: Machine) => {
    const state = gone !== undefined ? 'deleting' : ready > Date.now() ? 'building' : 'running'
    return { ...rest, state, address: state === 'running' ? address : null }
  }

  function createMachine({ body }: Call) {
    const { name, size, image, zone = 'north', user_data = '', labels = {} } = body as Partial<Machine>
    const invalid = (what: string): Refusal => new Refusal(422, 'invalid', `the ${what} is not valid`)
    if (!name) throw invalid('name')
    if (!SIZES.some((each) => each.name === size)) throw invalid('size')
    if (!IMAGES.some(({ id }) => id === image)) throw invalid('image')
    if (!ZONES.some((each) => each.name === zone && each.available)) throw invalid('zone')
    if (!/^[A-Za-z0-9+/=]*$/.test(user_data) || user_data.length > 65_536) throw invalid('user data')
    if (machines.size >= quota)
      throw new Refusal(403, 'quota_exceeded', `the quota of ${quota} machines is used up`)
    const id = `m-${++serial}`
    const address = `203.0.113.${serial % 250}`
    const ready = Date.now() + MOMENT
    const made = { id, name, size: size ?? '', image: image ?? '', zone, user_data, address, labels, ready }
    machines.set(id, made)
    return shown(made)
  }

  function createRule({ body }: Call) {
    const { applies_to = {}, labels = {}, protocol, from = -1, to = -1, cidr } = body as Partial<Rule>
    if (applies_to.machine !== undefined) machine(applies_to.machine)
    if (!protocol || !cidr) throw new Refusal(422, 'invalid', 'a rule has a protocol and a CIDR')
    const made = { id: `r-${++serial}`, applies_to, labels, protocol, from, to, cidr }
    const same = ({ id: _id, ...rule }: Rule): string => JSON.stringify(rule)
    if ([...rules.values()].some((rule) => same(rule) === same(made)))
      throw new Refusal(409, 'exists', 'there is such a rule')
    rules.set(made.id, made)
    return made
  }

  const routes: Readonly<Record<string, (call: Call) => unknown>> = {
    'GET zones': () => ({ zones: ZONES }),
    'GET sizes': () => ({ sizes: SIZES }),
    'GET images': () => ({ images: IMAGES }),
    'GET machines': ({ query }) => page('machines', [...machines.values()].map(shown), query),
    'POST machines': createMachine,
    'GET machines/': ({ id }) => shown(machine(id)),
    'PATCH machines/': ({ id, body }) => {
      const found = machine(id)
      found.labels = { ...found.labels, ...(body['labels'] as Labels) }
      return shown(found)
    },
    'DELETE machines/': ({ id }) => {
      machine(id).gone ??= Date.now() + MOMENT
      return {}
    },
    'GET rules': ({ query }) => page('rules', [...rules.values()], query),
    'POST rules': createRule,
    'DELETE rules/': ({ id }) => (rules.delete(id) ? {} : raise(notFound(`rule ${id}`))),
  }

  async function answer(request: IncomingMessage): Promise<unknown> {
    const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://cloud')
    const [, version, kind = '', id] = pathname.split('/')
    const body = await bodyOf(request)
    settle()
    if (request.headers.authorization !== `Bearer ${token}`)
      throw new Refusal(401, 'unauthorized', 'the token is not good')
    if (++requests % limitEvery === 0) throw new Refusal(429, 'slow_down', 'too many requests')
    const route = version === 'v1' && routes[`${request.method} ${kind}${id === undefined ? '' : '/'}`]
    if (!route) throw notFound(pathname)
    return route({ id: decodeURIComponent(id ?? ''), query, body })
  }

  function write(response: ServerResponse, status: number, body: unknown): void {
    const limited = status === 429 ? { 'retry-after': '1' } : {}
    response.writeHead(status, { 'content-type': 'application/json', ...limited })
    response.end(JSON.stringify(body))
  }

  const server = createServer((request, response) => {
    answer(request).then(
      (body) => write(response, 200, body),
      (error: unknown) => {
        const { status, code, message } =
          error instanceof Refusal ? error : new Refusal(500, 'failed', String(error))
        write(response, status, { error: { code, message } })
      },
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    inventory: () => {
      settle()
      return [...[...machines.values()].map(({ id, name }) => `${name} ${id}`), ...rules.keys()]
    },
    machines: () => {
      settle()
      return [...machines.values()].map(({ labels }) => labels)
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function raise(error: Error): never {
  throw error
}
