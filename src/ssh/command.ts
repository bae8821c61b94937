import { finished, Readable } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { Secret } from '../cloud/secret.ts'
import { EnvironsError, TimeoutError, UnavailableError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'

const COMMAND_MS = 60_000
const MAX_OUTPUT_BYTES = 1024 * 1024
const LAST_WORDS = 400

/** What a command came to. */
export interface CommandResult {
  /** 255 when a signal ended it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** How a command is run. */
export interface CommandOptions extends CallOptions {
  /** Its standard input. Default: none. A secret goes here, and never into the command. */
  readonly input?: Readable | Uint8Array | string | Secret
  /** Milliseconds that it may take. Default 60,000. */
  readonly timeout?: number
  /** Bytes of each of its two outputs. Default 1 MiB. A command that writes more is ended, unless `onOutput` takes it. */
  readonly maxOutput?: number
  /** Called with what it writes, as it comes; the result then has the end of it. */
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void
}

/** A command on a machine ended with an exit code other than 0. */
export class CommandError extends EnvironsError {
  readonly result: CommandResult

  constructor(what: string, host: string, result: CommandResult) {
    const last = result.stderr.trim().split('\n').at(-1)?.slice(0, LAST_WORDS)
    super(`${what} failed on ${host} with exit code ${result.code}${last ? `: ${last}` : ''}`, {
      resource: `machine ${host}`,
    })
    this.result = result
  }
}

/** One output of a command, of which the last `max` bytes are kept. */
class Output {
  readonly #max: number
  #chunks: Buffer[] = []
  #size = 0
  /** Whether something is no longer there. */
  cut = false

  constructor(max: number) {
    this.#max = max
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    this.cut ||= this.#size > this.#max
    // Not with each chunk: a copy of all of it is dear.
    if (this.#size > 2 * this.#max) this.#keepEnd()
  }

  text(): string {
    return this.#keepEnd().toString('utf8')
  }

  #keepEnd(): Buffer {
    const all = Buffer.concat(this.#chunks)
    const end = all.subarray(Math.max(0, all.length - this.#max))
    this.#chunks = [end]
    this.#size = end.length
    return end
  }
}

/** What is closed is also told to end: not every server ends a command with its channel. */
function close(channel: ClientChannel): void {
  channel.signal('TERM')
  channel.close()
  // Nobody reads on, and a channel with unread output stays open.
  channel.resume()
  channel.stderr.resume()
}

/** Listens to a command that has just begun, and feeds it. */
function converse(
  channel: ClientChannel,
  host: string,
  { input, maxOutput = MAX_OUTPUT_BYTES, onOutput }: CommandOptions,
  resolve: (result: CommandResult) => void,
  fail: (error: unknown) => void,
): void {
  const outputs = { stdout: new Output(maxOutput), stderr: new Output(maxOutput) }
  const streams = { stdout: channel, stderr: channel.stderr }
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new TextDecoder()
    streams[name].on('data', (chunk: Buffer) => {
      outputs[name].add(chunk)
      if (onOutput) onOutput(decoder.decode(chunk, { stream: true }), name)
      else if (outputs[name].cut) {
        fail(
          new EnvironsError(`a command on ${host} writes more than ${maxOutput} bytes`, {
            resource: `machine ${host}`,
          }),
        )
      }
    })
  }
  let code: number | undefined
  channel.once('exit', (exit: number | null) => {
    // A program that a signal ended has no code.
    code = exit ?? 255
  })
  channel.once('close', () => {
    if (code === undefined) return fail(lost(host))
    resolve({ code, stdout: outputs.stdout.text(), stderr: outputs.stderr.text() })
  })
  if (!(input instanceof Readable)) {
    channel.end(input instanceof Secret ? input.reveal() : input)
    return
  }
  input.pipe(channel)
}

const lost = (host: string, cause?: unknown): UnavailableError =>
  new UnavailableError(`the SSH connection to ${host} was lost`, { cause, resource: `machine ${host}` })

const unreadable = (cause: Error): EnvironsError =>
  new EnvironsError(`what a command is to read cannot be read: ${cause.message}`, { cause })

/** Runs a command over a client that is logged in; see `SshConnection.exec`. */
export async function runCommand(
  client: Client,
  host: string,
  command: string,
  options: CommandOptions,
): Promise<CommandResult> {
  const { input, signal, timeout = COMMAND_MS } = options
  signal?.throwIfAborted()
  const limit = AbortSignal.timeout(timeout)
  const either = signal ? AbortSignal.any([signal, limit]) : limit
  const over = new AbortController()
  try {
    return await new Promise((resolve, reject) => {
      let channel: ClientChannel | undefined
      const fail = (error: unknown): void => {
        if (channel) close(channel)
        reject(error as Error)
      }
      either.addEventListener('abort', () => fail(either.reason), { once: true, signal: over.signal })
      if (input instanceof Readable) finished(input, (error) => error && fail(unreadable(error)))
      const opened = (error: Error | true | undefined, begun: ClientChannel): void => {
        if (error) return fail(lost(host, error))
        if (over.signal.aborted) return close(begun)
        channel = begun
        // At once: all that a short command says may be here already.
        converse(begun, host, options, resolve, fail)
      }
      try {
        client.exec(command, opened)
      } catch (error) {
        fail(lost(host, error))
      }
    })
  } catch (error) {
    signal?.throwIfAborted()
    if (!limit.aborted) throw error
    throw new TimeoutError(`a command on ${host} took more than ${timeout / 1000} s`, {
      cause: error,
      resource: `machine ${host}`,
    })
  } finally {
    over.abort()
    if (input instanceof Readable) input.destroy()
  }
}
