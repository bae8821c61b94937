import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LoneWorkerOptions } from './lone-worker.ts'

const PROGRAM = fileURLToPath(new URL('../../dist/test/durable/lone-worker.js', import.meta.url))

/** A worker that can be killed. */
export class LoneWorkerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  /** Ids of the tasks whose steps it has begun. */
  readonly begun: string[] = []

  constructor(options: LoneWorkerOptions) {
    const env = { ...process.env, LONE_WORKER: JSON.stringify(options) }
    this.#child = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child.stdout?.on('data', (data: Buffer) => this.begun.push(...data.toString().trim().split('\n')))
  }

  /** Its exit code, when it has ended. */
  async end(signal?: NodeJS.Signals): Promise<number | null> {
    const { exitCode, signalCode } = this.#child
    if (exitCode !== null || signalCode !== null) return exitCode
    const ended = once(this.#child, 'exit')
    if (signal) this.#child.kill(signal)
    const [code] = (await ended) as [number | null]
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
  }
}
