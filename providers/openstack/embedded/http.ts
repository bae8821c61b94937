import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FaultAction, Faults, RequestLog } from './faults.ts'
import { type Incoming, Refusal, type Reply, type Service, webob } from './message.ts'

export interface Wire {
  readonly services: readonly Service[]
  readonly faults: Faults
  readonly requests: RequestLog
}

/** Listens on 127.0.0.1 at `port` (0: any free one). */
export async function listen(wire: Wire, port: number): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    serve(wire, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)))
    })
  })
  // Clients with a pool keep connections for long; a short timeout here would show as resets there.
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  return { server, port: (server.address() as AddressInfo).port }
}

/** Stops listening and ends every connection. */
export async function hangUp(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function serve(wire: Wire, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? 'GET'
  const target = request.url ?? '/'
  const entry = wire.requests.begin(method, target)
  const fault = wire.faults.take(method, target)
  const service = wire.services.find(({ prefix }) => under(prefix, target))
  const body = await read(request, service?.maxBody ?? SMALL_BODY)
  if (response.destroyed) return
  if (body === undefined) {
    const tooLarge = `Request is too large. Larger than max_request_body_size (${service?.maxBody ?? SMALL_BODY}).`
    const reply = webob({ headers: {} }, 413, tooLarge, { Connection: 'close' })
    entry.status = reply.status
    send(request, response, reply)
    return
  }
  if (fault === 'reset-before') return reset(request)
  if (fault === 'silence') return
  if (fault === 'html' || typeof fault === 'object') {
    const reply = planted(fault)
    entry.status = reply.status
    return send(request, response, reply)
  }
  const reply = await answer(service, request, target, body)
  if (fault === 'reset-after') return reset(request)
  if (fault === 'silence-after') return
  entry.status = reply.status
  send(request, response, reply, fault === 'truncated')
}

const SMALL_BODY = 114_688

function under(prefix: string, target: string): boolean {
  if (!target.startsWith(prefix)) return false
  const next = target[prefix.length]
  return next === undefined || next === '/' || next === '?'
}

/** The whole body, or `undefined` when it is larger than `limit` or never came to its end. */
function read(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      // A body a little too large is read to its end, so that the client gets to see the answer.
      if (size <= limit) chunks.push(chunk)
      else if (size > limit + 4_194_304) resolve(undefined)
    })
    request.on('end', () => resolve(size > limit ? undefined : Buffer.concat(chunks)))
    request.on('close', () => resolve(undefined))
  })
}

async function answer(
  service: Service | undefined,
  request: IncomingMessage,
  target: string,
  body: Buffer,
): Promise<Reply> {
  const headers = request.headers
  const base = 'http://localhost'
  const url = URL.canParse(target, base) ? new URL(target, base) : undefined
  if (!service || !url) return webob({ headers }, 404, 'The resource could not be found.')
  const incoming: Incoming = {
    method: request.method ?? 'GET',
    path: url.pathname.slice(service.prefix.length),
    query: url.searchParams,
    headers,
    body,
    origin: `http://${headers.host ?? `127.0.0.1:${request.socket.localPort}`}`,
  }
  try {
    return await service.handle(incoming)
  } catch (error) {
    if (error instanceof Refusal) return error.reply
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { status: 500, body: { computeFault: { code: 500, message: `Unexpected API Error. ${message}` } } }
  }
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply, truncated = false): void {
  const { payload, type } = encode(reply.body)
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    response.setHeader(name, typeof value === 'string' ? value : [...value])
  }
  if (!response.hasHeader('Content-Type') && type) response.setHeader('Content-Type', type)
  response.statusCode = reply.status
  if (reply.status !== 204) response.setHeader('Content-Length', payload.length)
  if (truncated && payload.length > 1) {
    response.write(payload.subarray(0, payload.length >> 1), () => request.socket.destroy())
    return
  }
  response.end(request.method === 'HEAD' || reply.status === 204 ? undefined : payload)
}

function encode(body: unknown): { payload: Buffer; type: string | undefined } {
  if (body === undefined) return { payload: Buffer.alloc(0), type: 'application/json' }
  if (Buffer.isBuffer(body)) return { payload: body, type: 'application/octet-stream' }
  if (typeof body === 'string') return { payload: Buffer.from(body), type: 'text/plain; charset=UTF-8' }
  return { payload: Buffer.from(JSON.stringify(body)), type: 'application/json' }
}

function planted(fault: Exclude<FaultAction, string> | 'html'): Reply {
  if (fault === 'html') {
    return {
      status: 502,
      headers: { 'Content-Type': 'text/html' },
      body: '<html><body><h1>502 Bad Gateway</h1>\nThe server returned an invalid or incomplete response.\n</body></html>\n',
    }
  }
  return { status: fault.status, headers: fault.headers ?? {}, body: fault.body }
}

function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy()
}
