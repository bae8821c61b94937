/** A tiny cloud for tests of the clients: Keystone that gives tokens, and whatever a test answers for the rest. */

import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Secret } from 'cloud-environs'
import type { Clock, RandomSource } from 'cloud-environs/provider'
import {
  connect,
  type ConnectOptions,
  type OpenStackConnection,
} from '../../../../providers/openstack/api/index.ts'

/** A request as it came. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}

/** What to answer: an answer, silence, or a connection that breaks. */
export type Reply =
  | {
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly json?: unknown
      readonly text?: string
    }
  | 'silence'
  | 'reset'

export type Handler = (request: Received, count: number) => Reply | undefined | Promise<Reply | undefined>

/** Time that passes only by sleeping, which takes none. */
class TestClock implements Clock {
  time = Date.parse('2026-01-01T00:00:00Z')
  readonly slept: number[] = []

  now(): number {
    return this.time
  }

  async sleep(ms: number, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    signal?.throwIfAborted()
    this.slept.push(ms)
    this.time += ms
  }
}

/** Jitter of always the same size: delays are three quarters of their maximum. */
export const middle: RandomSource = { number: () => 0.5, uuid: () => 'uuid', hex: () => 'hex' }

export class CloudDouble implements AsyncDisposable {
  readonly received: Received[] = []
  readonly clock = new TestClock()
  /** Answers before Keystone does, too. */
  handler: Handler = () => undefined
  /** Services of the catalog by type; their URLs are below this server. */
  services: Readonly<Record<string, string>> = {
    compute: '/compute/v2.1',
    network: '/network',
    image: '/image',
  }
  tokenLife = 3600
  tokens = 0
  readonly #server: Server
  readonly #connections: OpenStackConnection[] = []

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#read(request).then(async (received) => {
        this.received.push(received)
        const count = this.requests(received.method, received.path).length
        const reply = (await this.handler(received, count)) ?? this.#keystone(received)
        if (reply === 'silence') return
        if (reply === 'reset') {
          request.socket.destroy()
          return
        }
        const { status = 200, headers = {}, json, text } = reply ?? { status: 404, json: {} }
        response.writeHead(status, { 'content-type': 'application/json', ...headers })
        response.end(text ?? (json === undefined ? '' : JSON.stringify(json)))
      })
    })
  }

  static async start(): Promise<CloudDouble> {
    const double = new CloudDouble()
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve))
    return double
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Clients of this cloud; they are closed with it. */
  connect(options: Partial<ConnectOptions> = {}): OpenStackConnection {
    const connection = connect({
      authUrl: `${this.origin}/v3`,
      credential: {
        method: 'password',
        user: { name: 'demo', domain: { id: 'default' } },
        password: new Secret('hunter2'),
      },
      scope: { project: { name: 'demo', domain: { id: 'default' } } },
      clock: this.clock,
      random: middle,
      ...options,
    })
    this.#connections.push(connection)
    return connection
  }

  /** What was asked for so far, authentication left out unless its path is given. */
  requests(method?: string, path?: string): Received[] {
    return this.received.filter(
      (each) =>
        (method === undefined || each.method === method) &&
        (path === undefined ? each.path !== '/v3/auth/tokens' : each.path === path),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await Promise.all(this.#connections.map((connection) => connection.close()))
  }

  async #read(request: IncomingMessage): Promise<Received> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const { pathname, search } = new URL(request.url ?? '/', 'http://double')
    return {
      method: request.method ?? '',
      path: pathname,
      query: search.slice(1),
      headers: request.headers,
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    }
  }

  #keystone({ method, path }: Received): Reply | undefined {
    if (method !== 'POST' || path !== '/v3/auth/tokens') return undefined
    this.tokens++
    const issued = Date.parse('2020-05-05T00:00:00Z')
    const catalog = Object.entries(this.services).map(([type, url]) => ({
      type,
      name: type,
      endpoints: [
        { url: this.origin + url, interface: 'public', region: 'RegionOne', region_id: 'RegionOne' },
      ],
    }))
    return {
      status: 201,
      headers: { 'x-subject-token': `token-${this.tokens}` },
      json: {
        token: {
          issued_at: new Date(issued).toISOString(),
          expires_at: new Date(issued + this.tokenLife * 1000).toISOString(),
          user: { id: 'user-id', name: 'demo', domain: { id: 'default', name: 'Default' } },
          project: { id: 'project-id', name: 'demo', domain: { id: 'default', name: 'Default' } },
          roles: [{ id: 'r', name: 'member' }],
          catalog,
        },
      },
    }
  }
}

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it succeeded')
}

/** A server as Nova sends it at microversion 2.1. */
export function wireServer(id: string, over: object = {}): object {
  return {
    id,
    name: `name-${id}`,
    status: 'ACTIVE',
    'OS-EXT-STS:task_state': null,
    'OS-EXT-STS:vm_state': 'active',
    'OS-EXT-STS:power_state': 1,
    tenant_id: 'project-id',
    metadata: {},
    addresses: {},
    accessIPv4: '',
    image: { id: 'image', links: [] },
    flavor: { id: '1', links: [] },
    key_name: null,
    config_drive: '',
    links: [],
    ...over,
  }
}
