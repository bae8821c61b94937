/** Machines with real SSH servers on loopback, behind a dialer that knows where they are. */

import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { UnavailableError } from 'cloud-environs'
import type { Dialer } from 'cloud-environs/provider'
import { SshServer } from '../../providers/openstack/embedded/guests/simulated/ssh-server.ts'
import { newSshKeyPair } from '../../src/ssh/index.ts'

export const hostKey = newSshKeyPair('host')
export const otherHostKey = newSshKeyPair('host')
const userKey = newSshKeyPair('user')

/** Who logs in, and whom they expect. */
export const who = {
  user: 'ubuntu',
  privateKey: userKey.privateKey,
  hostKeys: [hostKey.publicKey],
}

/** Machines by address. */
export class Machines implements AsyncDisposable {
  readonly #servers = new Map<string, SshServer>()
  /** Addresses that were dialled. */
  readonly dialled: string[] = []
  readonly #sockets: Socket[] = []

  readonly dialer: Dialer = {
    dial: async ({ host, port }) => {
      this.dialled.push(`${host}:${port}`)
      const server = this.#servers.get(host)
      if (!server) throw new UnavailableError(`nobody at ${host}`)
      const socket = (await server.dial()) as Socket
      socket.setNoDelay()
      this.#sockets.push(socket)
      return socket
    },
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#sockets.filter(({ destroyed }) => !destroyed).length
  }

  /** Starts one that runs commands with a shell. */
  async add(address: string, key = hostKey, shell = '/bin/sh'): Promise<void> {
    const server = await SshServer.start({
      hostKeys: [key.privateKey.reveal()],
      authorizedKeys: new Map([['ubuntu', [userKey.publicKey]]]),
      exec: (_user, command, channel, signal) =>
        new Promise((resolve, reject) => {
          const child = spawn(shell, ['-c', command], { stdio: 'pipe', detached: true })
          child.stdin.on('error', () => undefined)
          channel.pipe(child.stdin)
          child.stdout.pipe(channel, { end: false })
          child.stderr.pipe(channel.stderr, { end: false })
          const end = (): void => {
            if (child.exitCode === null && child.signalCode === null)
              process.kill(-(child.pid ?? 0), 'SIGKILL')
          }
          signal.addEventListener('abort', end, { once: true })
          child.once('error', reject).once('close', (code) => resolve(code ?? undefined))
        }),
    })
    this.#servers.set(address, server)
  }

  async remove(address: string): Promise<void> {
    await this.#servers.get(address)?.stop()
    this.#servers.delete(address)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((address) => this.remove(address)))
  }
}
