import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import {
  type CallOptions,
  type Dialer,
  NotValidError,
  TimeoutError,
  UnavailableError,
} from '../../environ/index.ts'

/** One attempt; those who dial try again. */
const DIAL_MS = 20_000

interface Target {
  readonly host: string
  readonly port: number
}

const nameOf = ({ host, port }: Target): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

/** Runs an attempt with its deadline; what is opened too late is closed. */
async function attempt(
  target: Target,
  { signal }: CallOptions,
  open: (signal: AbortSignal) => Promise<Duplex>,
): Promise<Duplex> {
  signal?.throwIfAborted()
  const limit = AbortSignal.timeout(DIAL_MS)
  try {
    return await open(signal ? AbortSignal.any([signal, limit]) : limit)
  } catch (cause) {
    signal?.throwIfAborted()
    const resource = nameOf(target)
    if (limit.aborted) {
      throw new TimeoutError(`${resource} did not answer for ${DIAL_MS / 1000} s`, { cause, resource })
    }
    if (cause instanceof UnavailableError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UnavailableError(`${resource} cannot be reached: ${why}`, { cause, resource })
  }
}

/** Straight over the network. */
export const systemDialer: Dialer = {
  dial: async (target, options = {}) =>
    await attempt(target, options, async (signal) => {
      const { connect } = await import('node:net')
      const socket = connect({ ...target, noDelay: true })
      try {
        // Not the socket's own signal: that one would end the connection later, too.
        await once(socket, 'connect', { signal })
        return socket
      } catch (error) {
        socket.destroy()
        throw error
      }
    }),
}

/**
 * Through an HTTP proxy that takes CONNECT, where machines cannot be reached otherwise.
 * @throws NotValidError for what is no http or https URL
 */
export function proxyDialer(proxy: string): Dialer {
  const url = URL.canParse(proxy) ? new URL(proxy) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new NotValidError('the proxy is no URL', { hint: 'write http://HOST:PORT' })
  }
  const isTls = url.protocol === 'https:'
  const login = decodeURIComponent(`${url.username}:${url.password}`)
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`
  const open = async (target: Target, signal: AbortSignal): Promise<Duplex> => {
    const { request } = await (isTls ? import('node:https') : import('node:http'))
    return await new Promise((resolve, reject) => {
      const tunnel = request({
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port || (isTls ? 443 : 80),
        method: 'CONNECT',
        path: nameOf(target),
        headers: { host: nameOf(target), ...(url.username ? { 'proxy-authorization': authorization } : {}) },
        agent: false,
        signal,
      })
      tunnel.once('error', reject)
      tunnel.once('response', (response) => {
        response.destroy()
        reject(refused(target, url.host, response))
      })
      tunnel.once('connect', (response, socket, head) => {
        if (response.statusCode !== 200) {
          socket.destroy()
          reject(refused(target, url.host, response))
          return
        }
        if (head.length > 0) socket.unshift(head)
        resolve(socket)
      })
      tunnel.end()
    })
  }
  return {
    dial: async (target, options = {}) => await attempt(target, options, (signal) => open(target, signal)),
  }
}

function refused(
  target: Target,
  proxy: string,
  { statusCode = 0, statusMessage = '' }: IncomingMessage,
): UnavailableError {
  const what = `the proxy at ${proxy} does not lead to ${nameOf(target)}`
  return new UnavailableError(`${what}: ${statusCode} ${statusMessage}`, {
    resource: nameOf(target),
    status: statusCode,
  })
}
