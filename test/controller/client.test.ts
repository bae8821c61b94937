/** What a client believes, and what it makes of a controller that behaves badly. */

import type { RequestListener } from 'node:http'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import {
  type Dialer,
  EnvironsError,
  RateLimitedError,
  Secret,
  systemDialer,
  UnauthorizedError,
  UnavailableError,
  UntrustedError,
} from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { connectController } from '../../src/controller/index.ts'
import { CONTROLLER_UUID, infoOf, listening, stand, strangersCertificate } from './controllers.ts'

const dialer = systemDialer
const PASSWORD = new Secret('open sesame')
const HEALTH = { status: 'ok', controllerUuid: CONTROLLER_UUID, version: '3.6.1' }

/** Healthy, and whatever `rest` does with other requests. */
const healthy =
  (rest: RequestListener = (_, response) => response.end('{}')): RequestListener =>
  (request, response) =>
    request.url === '/v1/health' ? response.end(JSON.stringify(HEALTH)) : rest(request, response)

const failure = async (promise: Promise<unknown>): Promise<EnvironsError> => {
  const error = await promise.then(
    () => expect.fail('it succeeded'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(EnvironsError)
  return error as EnvironsError
}

/** Takes connections and says nothing. */
async function silent() {
  const server = createServer((socket) => socket.on('error', () => undefined).resume())
  const address = await listening(server)
  return { address, [Symbol.dispose]: () => void server.close() }
}

/** An address where nobody is. */
async function dead(): Promise<string> {
  const server = createServer()
  const address = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return address
}

describe('connecting to a controller', () => {
  it('succeeds when its own authority signed the certificate', async () => {
    await using controller = await stand(healthy())
    await using client = await connectController(infoOf(controller.address), { dialer })
    expect(client.address).toBe(controller.address)
    expect(await client.health()).toEqual(HEALTH)
  })

  it('fails when another authority did: somebody may be in between; no request is sent', async () => {
    const asked: unknown[] = []
    await using controller = await stand(({ url }) => asked.push(url), await strangersCertificate())
    const error = await failure(connectController(infoOf(controller.address), { dialer }))
    expect(error).toBeInstanceOf(UntrustedError)
    expect(error.message).toContain(`the certificate at ${controller.address} is not this controller's`)
    expect(error.hint).toContain('somebody may be in between')
    expect(asked).toEqual([])
  })

  it('fails when it is another controller of the same authority', async () => {
    const other = { ...HEALTH, controllerUuid: '33333333-3333-4333-8333-333333333333' }
    await using controller = await stand((_, response) => response.end(JSON.stringify(other)))
    const error = await failure(connectController(infoOf(controller.address), { dialer }))
    expect(error).toBeInstanceOf(UntrustedError)
    expect(error.message).toContain(`another controller answers at ${controller.address}: 33333333-`)
    expect(error.hint).toContain('do not log in')
  })

  it('takes the first of its addresses that answers; dead, silent and untrusted ones do not matter', async () => {
    await using stranger = await stand(healthy(), await strangersCertificate())
    using mute = await silent()
    await using controller = await stand((request, response) => {
      setTimeout(() => healthy()(request, response), 50)
    })
    const addresses = [await dead(), mute.address, stranger.address, controller.address]
    await using client = await connectController(infoOf(...addresses), { dialer })
    expect(client.address).toBe(controller.address)
  })

  it('leaves no connection to the others', async () => {
    const open = new Set<unknown>()
    const counting: Dialer = {
      dial: async (target, options) => {
        const socket = await dialer.dial(target, options)
        open.add(socket)
        socket.once('close', () => open.delete(socket))
        return socket
      },
    }
    using mute = await silent()
    await using first = await stand(healthy())
    await using second = await stand(healthy())
    const info = infoOf(mute.address, first.address, second.address)
    const client = await connectController(info, { dialer: counting })
    await expect.poll(() => open.size).toBe(1)
    await client[Symbol.asyncDispose]()
    await expect.poll(() => open.size).toBe(0)
  })

  it('says who is untrusted when nobody is to be trusted, whatever else failed', async () => {
    await using stranger = await stand(healthy(), await strangersCertificate())
    const info = infoOf(await dead(), stranger.address)
    expect(await failure(connectController(info, { dialer }))).toBeInstanceOf(UntrustedError)
  })

  it.each<[string, RequestListener]>([
    ['what is no JSON', (_, response) => response.end('<html>')],
    ['an error without a text', (_, response) => response.writeHead(503).end()],
    ['half an answer', (_, response) => response.writeHead(200, { 'content-length': 99 }).write('{')],
    ['more than anybody can read', (_, response) => endless(response)],
  ])('fails at an address that answers with %s', async (_, listener) => {
    await using controller = await stand((request, response) => {
      listener(request, response)
      if (response.headersSent && !response.writableEnded) setTimeout(() => response.destroy(), 300)
    })
    const error = await failure(connectController(infoOf(controller.address), { dialer }))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error.message).toContain(controller.address)
  })

  it('fails without an address, and at a dead one', async () => {
    expect((await failure(connectController(infoOf(), { dialer }))).message).toContain('no address')
    const error = await failure(connectController(infoOf(await dead()), { dialer }))
    expect(error).toBeInstanceOf(UnavailableError)
  })

  it.each(['before TLS', 'after it'])('ends at once when it is aborted, with silence %s', async (when) => {
    using mute = await silent()
    let asked = false
    await using controller = await stand(() => {
      asked = true
    })
    const stop = new AbortController()
    const address = when === 'after it' ? controller.address : mute.address
    const connecting = connectController(infoOf(address), { dialer, signal: stop.signal })
    const reason = new Error('interrupted')
    if (when === 'after it') await expect.poll(() => asked).toBe(true)
    stop.abort(reason)
    await expect(connecting).rejects.toBe(reason)
  })
})

function endless(response: Parameters<RequestListener>[1]): void {
  const chunk = Buffer.alloc(1024 * 1024, ' ')
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  }
  response.writeHead(200).on('drain', more)
  more()
}

describe('a client', () => {
  it('sends its password once, and then the token that it got', async () => {
    const seen: unknown[] = []
    await using controller = await stand(
      healthy((request, response) => {
        seen.push([request.url, request.headers.authorization])
        if (request.url !== '/v1/login') return response.end('{"machines": []}')
        return response.end('{"token": "t0k3n", "expires": ""}')
      }),
    )
    await using client = await connectController(infoOf(controller.address), { dialer })
    await client.login(PASSWORD)
    expect(await client.machines()).toEqual([])
    expect(seen).toEqual([
      ['/v1/login', undefined],
      ['/v1/machines', 'Bearer t0k3n'],
    ])
    expect(inspect(client, { depth: 9, showHidden: true })).not.toContain('t0k3n')
  })

  it.each([
    [401, UnauthorizedError],
    [429, RateLimitedError],
    [502, UnavailableError],
    [500, UnavailableError],
  ])('gives status %d as the error that it is, with its text and no password', async (status, type) => {
    const body = JSON.stringify({ error: { code: 'CODE', message: 'it is so' } })
    await using controller = await stand(
      healthy((request, response) => {
        request.resume().once('end', () => response.writeHead(status).end(body))
      }),
    )
    await using client = await connectController(infoOf(controller.address), { dialer })
    const error = await failure(client.login(PASSWORD))
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({
      message: `the controller at ${controller.address} says: it is so`,
      status,
    })
    expect(inspect(error, { depth: 9 })).not.toContain('sesame')
  })

  it('whose controller goes away fails without its password', async () => {
    await using controller = await stand(healthy((request) => request.destroy()))
    await using client = await connectController(infoOf(controller.address), { dialer })
    const error = await failure(client.login(PASSWORD))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(inspect(error, { depth: 9 })).not.toContain('sesame')
  })

  it('ends at once when it is aborted', async () => {
    await using controller = await stand(healthy(() => undefined))
    await using client = await connectController(infoOf(controller.address), { dialer })
    const reason = new Error('interrupted')
    const stop = new AbortController()
    const asking = client.machines({ signal: stop.signal })
    stop.abort(reason)
    await expect(asking).rejects.toBe(reason)
  })
})
