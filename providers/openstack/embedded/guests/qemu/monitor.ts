import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** An answer of QEMU, or something that it tells of its own accord. */
interface Message {
  readonly id?: number
  readonly return?: unknown
  readonly error?: { readonly desc: string }
}

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}

/** QEMU's end for programs that control it (QMP). */
export class Monitor {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  /** Ports of the host by the guest's. */
  readonly #forwards = new Map<number, Promise<number>>()
  #lastId = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    createInterface(socket).on('line', (line) => this.#read(JSON.parse(line) as Message))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the machine was switched off'))
      this.#waiting.clear()
    })
  }

  /** Waits at a path for the QEMU that is told to connect there. */
  static async accept(path: string, signal: AbortSignal): Promise<Monitor> {
    await rm(path, { force: true })
    const server = createServer()
    try {
      server.listen(path)
      const [socket] = (await once(server, 'connection', { signal })) as [Socket]
      const monitor = new Monitor(socket)
      await monitor.#execute('qmp_capabilities')
      return monitor
    } finally {
      server.close()
    }
  }

  /** Presses the power button. */
  async pressPower(): Promise<void> {
    await this.#execute('system_powerdown')
  }

  /** The port on 127.0.0.1 that leads to a port of the guest. */
  async forward(port: number): Promise<number> {
    const known = this.#forwards.get(port)
    if (known) return await known
    const made = this.#addForward(port)
    this.#forwards.set(port, made)
    return await made
  }

  async #addForward(port: number): Promise<number> {
    const refused = await this.#tell(`hostfwd_add tcp:127.0.0.1:0-:${port}`)
    if (refused) throw new Error(refused)
    // Protocol[State] FD SourceAddress Port DestinationAddress Port ...
    const row = new RegExp(`HOST_FORWARD\\]\\s+\\d+\\s+127\\.0\\.0\\.1\\s+(\\d+)\\s+\\S+\\s+${port}\\s`)
    const [, taken] = row.exec(await this.#tell('info usernet')) ?? []
    if (taken === undefined) throw new Error(`port ${port} of the machine was not forwarded`)
    return Number(taken)
  }

  /** A line for people, where programs have none: what QEMU says to it. */
  async #tell(line: string): Promise<string> {
    return String(await this.#execute('human-monitor-command', { 'command-line': line })).trim()
  }

  async #execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const id = ++this.#lastId
    return await new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('the machine was switched off'))
      this.#waiting.set(id, { resolve, reject })
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`)
    })
  }

  #read({ id, error, ...message }: Message): void {
    const waiting = this.#waiting.get(id ?? 0)
    this.#waiting.delete(id ?? 0)
    if (error) waiting?.reject(new Error(error.desc))
    else waiting?.resolve(message.return)
  }
}
