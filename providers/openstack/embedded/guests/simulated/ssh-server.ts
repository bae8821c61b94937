import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import ssh2, {
  type Connection,
  type AuthContext,
  type ParsedKey,
  type Server,
  type ServerChannel,
  type Session,
} from 'ssh2'

/** Runs a command of a user, with a channel for its streams; gives the exit code. */
export type Exec = (
  user: string,
  command: string,
  channel: ServerChannel,
  signal: AbortSignal,
) => Promise<number | undefined>

/** What an SSH server is made of. */
export interface SshServerOptions {
  /** Private keys in OpenSSH's format. */
  readonly hostKeys: readonly string[]
  /** Public keys that may log in, by user. */
  readonly authorizedKeys: ReadonlyMap<string, readonly string[]>
  readonly exec: Exec
}

const same = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other)

function allowedKey(
  keys: readonly string[],
  { algo, data }: { algo: string; data: Buffer },
): ParsedKey | undefined {
  return keys
    .map((line) => ssh2.utils.parseKey(line))
    .find(
      (key): key is ParsedKey =>
        !(key instanceof Error) && key.type === algo && same(key.getPublicSSH(), data),
    )
}

/** A real SSH server of a guest, on 127.0.0.1 and any port: public keys, commands, nothing else. */
export class SshServer {
  readonly #server: Server
  readonly #port: number
  readonly #closing: AbortController

  private constructor(server: Server, port: number, closing: AbortController) {
    this.#server = server
    this.#port = port
    this.#closing = closing
  }

  static async start({ hostKeys, authorizedKeys, exec }: SshServerOptions): Promise<SshServer> {
    const closing = new AbortController()
    const server = new ssh2.Server({ hostKeys: [...hostKeys] }, (client) => {
      let user = ''
      // Missing in the library's types. Without it every answer waits for the one before.
      ;(client as Connection & { setNoDelay?(on: boolean): void }).setNoDelay?.(true)
      const end = (): void => void client.end()
      closing.signal.addEventListener('abort', end, { once: true })
      client.on('close', () => closing.signal.removeEventListener('abort', end))
      client.on('error', end)
      client.on('authentication', (context: AuthContext) => {
        if (context.method !== 'publickey') return context.reject(['publickey'])
        const key = allowedKey(authorizedKeys.get(context.username) ?? [], context.key)
        const proven =
          key &&
          (!context.signature ||
            key.verify(context.blob as Buffer, context.signature, context.hashAlgo) === true)
        if (!proven) return context.reject(['publickey'])
        user = context.username
        return context.accept()
      })
      client.on('session', (accept) => commands(accept(), user, exec, closing.signal))
    })
    server.on('error', () => undefined)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new SshServer(server, (server.address() as AddressInfo).port, closing)
  }

  async dial(): Promise<Duplex> {
    const socket: Socket = connect(this.#port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }

  async stop(): Promise<void> {
    this.#closing.abort()
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()))
  }
}

function commands(session: Session, user: string, exec: Exec, closing: AbortSignal): void {
  const serve = (channel: ServerChannel, command: string): void => {
    const gone = new AbortController()
    channel.on('close', () => gone.abort())
    channel.on('error', () => gone.abort())
    exec(user, command, channel, AbortSignal.any([gone.signal, closing])).then(
      (code) => {
        if (gone.signal.aborted) return
        if (code === undefined) channel.exit('KILL')
        else channel.exit(code)
        channel.end()
      },
      (error: unknown) => {
        if (gone.signal.aborted) return
        channel.stderr.write(`${String(error)}\n`)
        channel.exit(127)
        channel.end()
      },
    )
  }
  session.on('exec', (accept, _reject, { command }) => serve(accept(), command))
  // There is no terminal here: lines are what a shell reads then.
  session.on('pty', (accept) => accept?.())
  session.on('shell', (accept) => serve(accept(), 'exec /bin/bash -s'))
}
