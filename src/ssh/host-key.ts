import { UnavailableError } from '../environ/errors.ts'
import { ALGORITHMS, hostKeyAlgorithms, type SshOptions, type SshTarget } from './connection.ts'

const SSH_PORT = 22
const HANDSHAKE_MS = 30_000

/** A key as it goes over the wire, as a line of `known_hosts` without the host. */
const lineOf = (blob: Buffer): string =>
  `${blob.toString('latin1', 4, 4 + blob.readUInt32BE(0))} ${blob.toString('base64')}`

/**
 * The host key that a machine shows, as a line of `known_hosts` without the host. Nobody logs in, and nothing proves that
 * it is the right machine: whoever pins this key trusts the network this once.
 * @throws UnavailableError or TimeoutError when no SSH server answers
 */
export async function shownHostKey(
  { host, port = SSH_PORT }: Pick<SshTarget, 'host' | 'port'>,
  { dialer, signal, timeout = HANDSHAKE_MS }: Pick<SshOptions, 'dialer' | 'signal' | 'timeout'>,
): Promise<string> {
  signal?.throwIfAborted()
  const { Client } = await import('ssh2')
  const limit = AbortSignal.timeout(timeout)
  const either = signal ? AbortSignal.any([signal, limit]) : limit
  const client = new Client()
  const sock = await dialer.dial({ host, port }, { signal: either })
  try {
    return await new Promise<string>((resolve, reject) => {
      either.throwIfAborted()
      either.addEventListener('abort', () => reject(either.reason as Error), { once: true })
      client.on('error', reject).once('close', () => reject(new Error('the connection was closed')))
      client.connect({
        sock,
        username: '',
        readyTimeout: 0,
        algorithms: { ...ALGORITHMS, serverHostKey: hostKeyAlgorithms([]) },
        hostVerifier: (key: Buffer) => {
          resolve(lineOf(key))
          return false
        },
      })
    })
  } catch (cause) {
    signal?.throwIfAborted()
    const why = limit.aborted ? `nothing for ${timeout / 1000} s` : (cause as Error).message
    throw new UnavailableError(`no SSH server answers at ${host}: ${why}`, {
      cause,
      resource: `machine ${host}`,
    })
  } finally {
    sock.destroy()
  }
}
