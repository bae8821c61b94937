import type { Duplex } from 'node:stream'
import type { Algorithms, Client, ServerHostKeyAlgorithm } from 'ssh2'
import { Secret } from '../cloud/secret.ts'
import {
  EnvironsError,
  NotValidError,
  TimeoutError,
  UnauthorizedError,
  UnavailableError,
  UntrustedError,
} from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { Dialer } from '../environ/services.ts'
import { CommandError, type CommandOptions, type CommandResult, runCommand } from './command.ts'
import { fingerprintOf } from './keys.ts'

const SSH_PORT = 22
const HANDSHAKE_MS = 30_000
const KEEPALIVE_MS = 15_000

/** Whom to log in to, and as whom. */
export interface SshTarget {
  readonly host: string
  /** Default 22. */
  readonly port?: number
  readonly user: string
  /** OpenSSH's format. */
  readonly privateKey: Secret
  /** The only host keys that are taken: lines of `known_hosts` without the host. */
  readonly hostKeys: readonly string[]
}

/** How a connection is made. */
export interface SshOptions extends CallOptions {
  readonly dialer: Dialer
  /** Milliseconds until it is logged in. Default 30,000. */
  readonly timeout?: number
  /** Milliseconds between two signs of life; when three are not answered, the connection is lost. Default 15,000. */
  readonly keepAlive?: number
}

/** Nothing with SHA-1, CBC or a finite field of less than 4,096 bits. */
export const ALGORITHMS: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
  ],
  cipher: ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'],
  compress: ['none'],
}

/** Algorithms by the kind of key that uses them. */
const HOST_KEY_ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
}

interface PinnedKey {
  readonly type: string
  readonly blob: Buffer
}

function pinnedKey(line: string): PinnedKey {
  const [type = '', text = ''] = line.trim().split(/\s+/)
  const blob = Buffer.from(text, 'base64')
  // The kind of a key stands in the key, too.
  if (Object.hasOwn(HOST_KEY_ALGORITHMS, type) && blob.toString('latin1', 4, 4 + type.length) === type) {
    return { type, blob }
  }
  throw new NotValidError('a pinned host key cannot be read', {
    hint: 'write TYPE BASE64, as known_hosts has it',
  })
}

/** Those of the pinned keys first; the others only so that a wrong key can be named. */
export const hostKeyAlgorithms = (pinned: readonly PinnedKey[]): ServerHostKeyAlgorithm[] => [
  ...new Set(
    [...pinned.map(({ type }) => type), ...Object.keys(HOST_KEY_ALGORITHMS)].flatMap(
      (type) => HOST_KEY_ALGORITHMS[type] ?? [],
    ),
  ),
]

/** A connection to a machine whose host key is known. */
export class SshConnection implements AsyncDisposable {
  readonly host: string
  readonly #client: Client
  readonly #socket: Duplex

  private constructor(host: string, client: Client, socket: Duplex) {
    this.host = host
    this.#client = client
    this.#socket = socket
  }

  /**
   * @throws UntrustedError when the machine shows another host key, UnauthorizedError when it does not take the private
   *   key, UnavailableError or TimeoutError when it does not answer
   */
  static async open(target: SshTarget, options: SshOptions): Promise<SshConnection> {
    const { host, port = SSH_PORT, user, privateKey } = target
    const { dialer, signal, timeout = HANDSHAKE_MS, keepAlive = KEEPALIVE_MS } = options
    signal?.throwIfAborted()
    const pinned = target.hostKeys.map(pinnedKey)
    if (pinned.length === 0) throw new NotValidError(`no host key is pinned for ${host}`)
    const { Client: SshClient } = await import('ssh2')
    const limit = AbortSignal.timeout(timeout)
    const either = signal ? AbortSignal.any([signal, limit]) : limit
    const client = new SshClient()
    const ended = new AbortController()
    let socket: Duplex | undefined
    let wrong: Buffer | undefined
    try {
      const dialled = await dialer.dial({ host, port }, { signal: either })
      socket = dialled
      await new Promise<void>((resolve, reject) => {
        either.throwIfAborted()
        either.addEventListener('abort', () => reject(either.reason as Error), { signal: ended.signal })
        client.once('ready', resolve).once('close', () => reject(new Error('the connection was closed')))
        // Stays: what is said later is said of the commands that run.
        client.on('error', reject)
        client.connect({
          sock: dialled,
          username: user,
          privateKey: privateKey.reveal(),
          authHandler: ['publickey'],
          readyTimeout: 0,
          keepaliveInterval: keepAlive,
          keepaliveCountMax: 3,
          algorithms: { ...ALGORITHMS, serverHostKey: hostKeyAlgorithms(pinned) },
          hostVerifier: (key: Buffer) => {
            const known = pinned.some(({ blob }) => blob.equals(key))
            if (!known) wrong = key
            return known
          },
        })
      })
      return new SshConnection(host, client, dialled)
    } catch (error) {
      client.on('error', () => undefined)
      socket?.destroy()
      signal?.throwIfAborted()
      if (wrong) throw untrusted(host, wrong, pinned)
      if (limit.aborted) {
        throw new TimeoutError(`${host} did not answer over SSH for ${timeout / 1000} s`, {
          cause: error,
          resource: `machine ${host}`,
        })
      }
      throw failure(error, host, user)
    } finally {
      ended.abort()
    }
  }

  /**
   * Runs a command with the login shell of the user. When the signal is aborted it is ended, and the connection stays.
   * @throws UnavailableError when the connection is lost, TimeoutError
   */
  async exec(command: string, options: CommandOptions = {}): Promise<CommandResult> {
    return await runCommand(this.#client, this.host, command, options)
  }

  /** {@link exec}, and gives what it wrote. @throws CommandError, saying `what` failed */
  async run(what: string, command: string, options: CommandOptions = {}): Promise<string> {
    const result = await this.exec(command, options)
    if (result.code === 0) return result.stdout
    // A shell that stumbles over its input repeats it.
    const said = options.input instanceof Secret ? { ...result, stdout: '', stderr: '' } : result
    throw new CommandError(what, this.host, said)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.end()
    this.#socket.destroy()
  }
}

function untrusted(host: string, wrong: Buffer, pinned: readonly PinnedKey[]): UntrustedError {
  const expected = pinned.map(({ blob }) => fingerprintOf(blob)).join(', ')
  return new UntrustedError(`${host} shows the SSH host key ${fingerprintOf(wrong)}, and not ${expected}`, {
    resource: `machine ${host}`,
    hint: 'somebody may be in between, or another machine has this address now: do not go on',
  })
}

function failure(error: unknown, host: string, user: string): EnvironsError {
  if (error instanceof EnvironsError) return error
  const resource = `machine ${host}`
  const { level, message } = error as { readonly level?: string; readonly message: string }
  if (message.startsWith('Cannot parse privateKey')) {
    return new NotValidError(`the private key of ${user} cannot be read`, { resource })
  }
  if (level === 'client-authentication') {
    return new UnauthorizedError(`${host} does not let ${user} in with the SSH key`, { resource })
  }
  return new UnavailableError(`no SSH connection to ${host}: ${message}`, { cause: error, resource })
}
