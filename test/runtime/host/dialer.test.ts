/** Connections to machines, straight and through a proxy. */

import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { NotValidError, TimeoutError, UnavailableError } from 'cloud-environs'
import { afterEach, expect, it } from 'vitest'
import { proxyDialer, systemDialer } from '../../../src/runtime/host/dialer.ts'

const servers: (Server | HttpServer)[] = []
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => new Promise<void>((resolve) => void server.close(() => resolve()))),
  )
})

async function listening<T extends Server | HttpServer>(server: T): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Says it back. */
const echo = (): Promise<number> => listening(createTcpServer((socket) => void socket.pipe(socket)))

/** A proxy that leads every name to this machine; it greets the target before the client says a word. */
async function proxy(seen: string[], status?: number): Promise<number> {
  const server = createServer()
  server.on('connect', ({ url = '', headers }, socket: Duplex) => {
    seen.push(url, headers['proxy-authorization'] ?? '')
    if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`)
    const target = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\nearly ')
      socket.pipe(target).pipe(socket)
    })
    target.on('error', () => socket.destroy())
    socket.on('error', () => target.destroy())
  })
  return await listening(server)
}

async function conversation(socket: Duplex, says: string, until: number): Promise<string> {
  socket.write(says)
  let heard = ''
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    heard += chunk.toString()
    if (heard.length >= until) break
  }
  socket.destroy()
  return heard
}

it('goes straight', async () => {
  const socket = await systemDialer.dial({ host: '127.0.0.1', port: await echo() })
  expect(await conversation(socket, 'hello', 5)).toBe('hello')
})

it('goes through a proxy, and loses nothing of what comes at once', async () => {
  const seen: string[] = []
  const dialer = proxyDialer(`http://me:p%40ss@127.0.0.1:${await proxy(seen)}`)
  const port = await echo()
  const socket = await dialer.dial({ host: 'fd00::1', port })
  expect(await conversation(socket, 'hello', 11)).toBe('early hello')
  expect(seen).toEqual([`[fd00::1]:${port}`, `Basic ${Buffer.from('me:p@ss').toString('base64')}`])
})

it('says that nobody answers, or that the proxy does not go there', async () => {
  const closed = await echo()
  await new Promise<void>((resolve) => void servers.splice(0)[0]?.close(() => resolve()))
  const dead = systemDialer.dial({ host: '127.0.0.1', port: closed })
  await expect(dead).rejects.toBeInstanceOf(UnavailableError)
  await expect(dead).rejects.toThrow(`127.0.0.1:${closed} cannot be reached`)

  const through = proxyDialer(`http://127.0.0.1:${await proxy([], 403)}`).dial({ host: '10.0.0.5', port: 22 })
  await expect(through).rejects.toBeInstanceOf(UnavailableError)
  await expect(through).rejects.toMatchObject({ status: 403, resource: '10.0.0.5:22' })
})

it('ends when it is told to', async () => {
  const silent = await listening(createServer().on('connect', (_, socket: Duplex) => void socket.resume()))
  const abort = new AbortController()
  const dialing = proxyDialer(`http://127.0.0.1:${silent}`).dial(
    { host: '10.0.0.5', port: 22 },
    { signal: abort.signal },
  )
  const reason = new Error('enough')
  abort.abort(reason)
  await expect(dialing).rejects.toBe(reason)
  expect(await dialing.catch((error: unknown) => error instanceof TimeoutError)).toBe(false)
})

it('leaves a connection alone once it is there, whatever becomes of the signal', async () => {
  const port = await echo()
  for (const dialer of [systemDialer, proxyDialer(`http://127.0.0.1:${await proxy([])}`)]) {
    const dialed = new AbortController()
    const socket = await dialer.dial({ host: '127.0.0.1', port }, { signal: dialed.signal })
    dialed.abort()
    expect(await conversation(socket, 'hello', 5)).toMatch(/hello|early/)
  }
})

it('takes no proxy but one over HTTP', () => {
  for (const url of ['', 'socks5://127.0.0.1:1080', 'proxy:3128']) {
    expect(() => proxyDialer(url)).toThrow(NotValidError)
  }
})
