/** Bootstraps on real machines, with somebody in between who shows keys of his own. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stand, strangersCertificate } from '../../controller/controllers.ts'
import { Machines, otherHostKey } from '../../ssh/machines.ts'
import { NOTHING, User } from './cloud.ts'

const SSH_PORT = 22
const API_PORT = 17070

let user: User
beforeAll(async () => {
  user = await User.start()
})
afterAll(() => user[Symbol.asyncDispose]())

/** A proxy to all ports of all machines but one port, at which somebody else answers. */
async function proxyWith(
  port: number,
  dial: () => Promise<Duplex>,
): Promise<AsyncDisposable & { url: string }> {
  const sockets = new Set<Duplex>()
  const server = createServer().on('connect', ({ url = '' }, client: Duplex) => {
    void (async () => {
      const { hostname, port: wanted } = new URL(`http://${url}`)
      const target = Number(wanted) === port ? await dial() : connect(Number(wanted), hostname)
      for (const [socket, other] of [
        [client, target],
        [target, client],
      ] as const) {
        sockets.add(socket)
        socket.on('error', () => other.destroy()).on('close', () => other.destroy())
      }
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      client.pipe(target).pipe(client)
    })().catch(() => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A bootstrap through a proxy; its error, which the command writes last. */
async function failure(proxy: string): Promise<unknown> {
  const thrown: unknown = await user.bootstrap('real', { ENVIRONS_PROXY: proxy }).then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  )
  const { stderr = '' } = thrown as { stderr?: string }
  return (JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { error: unknown }).error
}

describe('a bootstrap is refused, and nothing is left of it, when somebody in between shows another', () => {
  const hint = expect.stringContaining('somebody may be in between') as string

  it('SSH host key', async () => {
    await using machines = new Machines()
    await machines.add('anybody', otherHostKey)
    await using proxy = await proxyWith(SSH_PORT, () =>
      machines.dialer.dial({ host: 'anybody', port: SSH_PORT }),
    )
    expect(await failure(proxy.url)).toMatchObject({
      code: 'UNTRUSTED',
      message: expect.stringMatching(/ shows the SSH host key SHA256:\S+, and not SHA256:\S+$/) as string,
      hint,
    })
    expect(await user.left()).toEqual(NOTHING)
  })

  it('certificate', async () => {
    const asked: string[] = []
    await using stranger = await stand(({ url = '' }) => void asked.push(url), await strangersCertificate())
    await using proxy = await proxyWith(API_PORT, async () =>
      connect(Number(stranger.address.split(':')[1]), '127.0.0.1'),
    )
    expect(await failure(proxy.url)).toMatchObject({
      code: 'UNTRUSTED',
      message: expect.stringMatching(/^the certificate at \S+:17070 is not this controller's: /) as string,
      hint,
    })
    // Neither the password nor anything else was said to it.
    expect(asked).toEqual([])
    expect(await user.left()).toEqual(NOTHING)
  })
})
