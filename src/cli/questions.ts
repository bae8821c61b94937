import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { NotValidError } from '../environ/index.ts'

/** Whether there is somebody to ask. */
export const isTerminal = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/** Asks questions at the terminal, until it is disposed of. */
export class Questions implements Disposable {
  readonly #signal: AbortSignal
  readonly #terminal
  readonly #lines: AsyncIterator<string>
  #isEchoed = false

  constructor(signal: AbortSignal) {
    this.#signal = signal
    const echo = new Writable({
      write: (chunk: Buffer, _, done) => {
        if (this.#isEchoed) process.stderr.write(chunk)
        done()
      },
    })
    this.#terminal = createInterface({
      input: process.stdin,
      output: echo,
      terminal: true,
      historySize: 0,
      signal,
    })
    // What is typed ahead may be the answer to a question that hides it.
    this.#terminal.on('line', () => {
      this.#isEchoed = false
    })
    // The terminal is in raw mode: Ctrl-C comes as a key. Here it means what it means everywhere else.
    this.#terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    this.#lines = this.#terminal[Symbol.asyncIterator]()
  }

  /** The answer, without white space around it unless it is hidden. @throws NotValidError when there is none any more */
  async ask(question: string, { hidden = false }: { readonly hidden?: boolean } = {}): Promise<string> {
    process.stderr.write(`${question}: `)
    this.#isEchoed = !hidden
    const { value, done } = await this.#lines.next()
    if (hidden || done) process.stderr.write('\n')
    this.#signal.throwIfAborted()
    if (done) throw new NotValidError('the question was not answered', { hint: 'answer it, or give a file' })
    return hidden ? value : value.trim()
  }

  [Symbol.dispose](): void {
    this.#terminal.close()
  }
}
