/** SSH to a machine whose host key is known. */

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { inspect } from 'node:util'
import {
  EnvironsError,
  NotValidError,
  Secret,
  TimeoutError,
  UnauthorizedError,
  UnavailableError,
  UntrustedError,
} from 'cloud-environs'
import type { Dialer } from 'cloud-environs/provider'
import ssh2, { type ServerConfig } from 'ssh2'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CommandError, newSshKeyPair, SshConnection } from '../../src/ssh/index.ts'
import { hostKey, Machines, otherHostKey, who } from './machines.ts'

let machines: Machines
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'environs-ssh-'))
  machines = new Machines()
  await machines.add('10.0.0.5')
})
afterEach(async () => {
  await machines[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const open = (over: object = {}, options: object = {}) =>
  SshConnection.open({ ...who, host: '10.0.0.5', ...over }, { dialer: machines.dialer, ...options })

const failureOf = async (promise: Promise<unknown>): Promise<EnvironsError> => {
  const error: unknown = await promise.catch((e: unknown) => e)
  expect(error).toBeInstanceOf(EnvironsError)
  return error as EnvironsError
}

/** A listener on loopback, and a dialer that leads to it whatever the address. */
async function listening(
  server: Server,
): Promise<AsyncDisposable & { readonly dialer: Dialer; readonly open: Set<Socket> }> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket
      .on('error', () => undefined)
      .once('close', () => sockets.delete(socket))
      .resume()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    open: sockets,
    dialer: {
      dial: async () => {
        const socket = connect(port, '127.0.0.1')
        await once(socket, 'connect')
        return socket
      },
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** An SSH server that nobody is let into. */
const sshServer = (config: ServerConfig) => {
  const server = new ssh2.Server(config, (client) => client.on('error', () => undefined))
  return listening(createServer((socket) => server.injectSocket(socket)))
}

describe('a connection', () => {
  it('runs commands, with what they read, write and end with', async () => {
    await using machine = await open()
    expect(await machine.exec('cat; echo more; echo bad >&2; exit 7', { input: 'in ' })).toEqual({
      code: 7,
      stdout: 'in more\n',
      stderr: 'bad\n',
    })
    expect(await machine.run('counting', 'wc -c', { input: new Secret('12345') })).toMatch(/^\s*5\n$/)
    const failed = await failureOf(machine.run('counting', 'echo no such thing >&2; exit 2'))
    expect(failed).toBeInstanceOf(CommandError)
    expect(failed.message).toBe('counting failed on 10.0.0.5 with exit code 2: no such thing')
    expect(machines.dialled).toEqual(['10.0.0.5:22'])
  })

  it('hears all that a short command says, however fast it is', async () => {
    await using machine = await open()
    const codes = Array.from({ length: 20 }, (_, code) => code)
    const results = await Promise.all(codes.map((code) => machine.exec(`echo ${code}; exit ${code}`)))
    expect(results).toEqual(codes.map((code) => ({ code, stdout: `${code}\n`, stderr: '' })))
  })

  it('sends what is large without a change, and tells what comes while it comes', async () => {
    await using machine = await open()
    const content = randomBytes(3_000_000)
    const sum = createHash('sha256').update(content).digest('hex')
    const heard: string[] = []
    const said = await machine.run(
      'sending',
      'cat > copy; cksum copy > /dev/null; shasum -a 256 copy 2>/dev/null || sha256sum copy; rm copy'.replaceAll(
        'copy',
        `${directory}/copy`,
      ),
      {
        input: Readable.from([content.subarray(0, 1_000_000), content.subarray(1_000_000)]),
        onOutput: (text) => heard.push(text),
      },
    )
    expect(said).toContain(sum)
    expect(heard.join('')).toBe(said)
  })

  it('keeps no more of an output than it was told to', async () => {
    await using machine = await open()
    const endless = 'while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done'
    const failed = await failureOf(machine.exec(endless, { maxOutput: 1_000 }))
    expect(failed.message).toBe('a command on 10.0.0.5 writes more than 1000 bytes')
    let heard = ''
    const onOutput = (text: string) => {
      heard += text
    }
    const { stdout } = await machine.exec('seq 1 2000', { maxOutput: 10, onOutput })
    expect(stdout).toBe('1999\n2000\n')
    expect(heard).toMatch(/^1\n2\n[^]*\n2000\n$/)
  })

  it('never repeats a secret that a command read', async () => {
    await using machine = await open()
    const input = new Secret('open-sesame-4711')
    const error = await failureOf(machine.run('reading', 'tee /dev/stderr; exit 1', { input }))
    expect(error.message).toBe('reading failed on 10.0.0.5 with exit code 1')
    expect(inspect(error, { depth: 9 })).not.toContain('sesame')
  })

  it('says why when what it is to send cannot be read', async () => {
    await using machine = await open()
    const broken = new PassThrough()
    const sending = machine.exec('cat', { input: broken })
    broken.destroy(new Error('the disk is broken'))
    await expect(sending).rejects.toThrow('the disk is broken')
    expect((await machine.exec('echo still here')).stdout).toBe('still here\n')
  })

  it('is over when its machine is', async () => {
    const machine = await open()
    const running = machine.exec('sleep 60')
    await Promise.all([expect(running).rejects.toBeInstanceOf(UnavailableError), machines.remove('10.0.0.5')])
    await expect(machine.exec('true')).rejects.toBeInstanceOf(UnavailableError)
  })

  it('is over when the machine gives no sign of life', async () => {
    let mute = (): void => undefined
    const dialer: Dialer = {
      dial: async (target) => {
        const socket = (await machines.dialer.dial(target)) as Socket
        mute = () =>
          void socket
            .pause()
            .removeAllListeners('data')
            .on('data', () => undefined)
        return socket
      },
    }
    await using machine = await open({}, { dialer, keepAlive: 40 })
    await machine.exec('true')
    mute()
    await expect(machine.exec('sleep 60')).rejects.toBeInstanceOf(UnavailableError)
  })

  it('ends a command when it is told to, and when it takes too long', async () => {
    await using machine = await open()
    const file = join(directory, 'started')
    const abort = new AbortController()
    const running = machine.exec(`touch ${file}; sleep 60`, { signal: abort.signal })
    await vi.waitFor(() => access(file), { timeout: 10_000 })
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(running).rejects.toBe(reason)
    await expect(machine.exec('sleep 60', { timeout: 30 })).rejects.toBeInstanceOf(TimeoutError)
    expect((await machine.exec('echo still here')).stdout).toBe('still here\n')
  })

  it('is closed by `using`, with all that runs over it', async () => {
    const commands: Promise<unknown>[] = []
    {
      await using machine = await open()
      commands.push(machine.exec('sleep 60').catch((e: unknown) => e))
      expect(machines.connections).toBe(1)
    }
    expect(machines.connections).toBe(0)
    expect(await commands[0]).toBeInstanceOf(UnavailableError)
  })
})

describe('nobody gets in between', () => {
  it('another host key is refused, with both fingerprints', async () => {
    await machines.add('10.0.0.6', otherHostKey)
    const error = await failureOf(open({ host: '10.0.0.6' }))
    expect(error).toBeInstanceOf(UntrustedError)
    expect(error.message).toBe(
      `10.0.0.6 shows the SSH host key ${otherHostKey.fingerprint}, and not ${hostKey.fingerprint}`,
    )
    expect(error.hint).toContain('somebody may be in between')
    expect(machines.connections).toBe(0)
  })

  it('a host key of another kind is refused in the same way', async () => {
    const { private: rsa } = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 })
    await using server = await sshServer({ hostKeys: [rsa] })
    const error = await failureOf(open({}, { dialer: server.dialer }))
    expect(error).toBeInstanceOf(UntrustedError)
    expect(error.message).toContain(`and not ${hostKey.fingerprint}`)
  })

  it('takes any of several pinned keys, and nothing when none is pinned', async () => {
    const hostKeys = [otherHostKey.publicKey, hostKey.publicKey]
    await using machine = await open({ hostKeys })
    expect((await machine.exec('true')).code).toBe(0)
    for (const none of [[], ['nonsense'], ['ssh-ed25519 AAAA'], ['ssh-dss AAAAB3NzaC1kc3M=']]) {
      await expect(open({ hostKeys: none })).rejects.toBeInstanceOf(NotValidError)
    }
    expect(machines.dialled.length).toBe(1)
  })

  it.each([
    ['key exchange', { kex: ['diffie-hellman-group14-sha1', 'diffie-hellman-group14-sha256'] }],
    ['cipher', { cipher: ['aes128-cbc', 'aes128-ctr'] }],
    ['MAC', { cipher: ['aes256-ctr'], hmac: ['hmac-sha1'] }],
  ] as const)('a server with nothing but an old %s is refused', async (_, algorithms) => {
    const hostKeys = [hostKey.privateKey.reveal()]
    await using server = await sshServer({ hostKeys, algorithms: algorithms as never })
    const error = await failureOf(open({}, { dialer: server.dialer }))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error.message).toContain('no matching')
  })

  it('a key that the machine does not know is told apart, and never shown', async () => {
    const stranger = newSshKeyPair('stranger')
    const error = await failureOf(open({ privateKey: stranger.privateKey }))
    expect(error).toBeInstanceOf(UnauthorizedError)
    expect(error.message).toBe('10.0.0.5 does not let ubuntu in with the SSH key')
    expect(inspect(error, { depth: 9 })).not.toContain(stranger.privateKey.reveal().slice(100, 140))
    const unreadable = await failureOf(open({ privateKey: new Secret('PRIVATE-nonsense') }))
    expect(unreadable).toBeInstanceOf(NotValidError)
    expect(inspect(unreadable, { depth: 9 })).not.toContain('PRIVATE-nonsense')
    expect(machines.connections).toBe(0)
  })

  it('what is no SSH server is said to be none', async () => {
    await using web = await listening(createServer((socket) => void socket.end('HTTP/1.1 400 Bad\r\n\r\n')))
    const error = await failureOf(open({}, { dialer: web.dialer }))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error.message).toMatch(/^no SSH connection to 10\.0\.0\.5: /)
    expect((await failureOf(open({ host: '10.0.0.9' }))).message).toBe('nobody at 10.0.0.9')
  })

  it('silence has an end, and so has what is told to end; nothing stays open', async () => {
    await using silent = await listening(createServer())
    const late = await failureOf(open({}, { dialer: silent.dialer, timeout: 40 }))
    expect(late).toBeInstanceOf(TimeoutError)
    expect(late.message).toBe('10.0.0.5 did not answer over SSH for 0.04 s')
    const reason = new Error('enough')
    await expect(open({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const abort = new AbortController()
    const opening = open({}, { dialer: silent.dialer, signal: abort.signal })
    await Promise.all([
      expect(opening).rejects.toBe(reason),
      vi.waitFor(() => expect(silent.open.size).toBe(1)).finally(() => abort.abort(reason)),
    ])
    await vi.waitFor(() => expect(silent.open.size).toBe(0))
  })
})
