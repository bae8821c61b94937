import { type ChildProcess, spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'

/**
 * A process that starts a program in a directory and ends it, as often as it is told. When it hears nothing any more,
 * also because whoever started it was killed, it ends the program for good and removes the directory.
 */
const KEEPER = `const { spawn } = require('node:child_process')
const [directory, program, ...args] = process.argv.slice(1)
let running
process.on('message', (order) => {
  if (order === 'end') return running?.kill()
  let said = ''
  running = spawn(program, args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] })
  running.stderr.on('data', (chunk) => { said = (said + chunk).slice(-2000) })
  running.on('error', (error) => { said += error.message })
  running.on('close', () => {
    running = undefined
    if (process.connected) process.send(said)
  })
})
process.on('disconnect', () => {
  const remove = () => {
    require('node:fs').rmSync(directory, { recursive: true, force: true })
    process.exit()
  }
  if (!running) return remove()
  running.on('close', remove)
  running.kill('SIGKILL')
})`

/** A program with a directory of its own. Neither outlives this process. */
export class Keeper {
  readonly #directory: string
  readonly #process: ChildProcess
  /** Over when nobody keeps it any more. */
  readonly #over: Promise<void>

  constructor(directory: string, command: readonly string[]) {
    this.#directory = directory
    const keeper = spawn(process.execPath, ['-e', KEEPER, '--', directory, ...command], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // What a terminal tells this process is not for it.
      detached: true,
    })
    this.#process = keeper
    this.#over = new Promise((resolve) => keeper.once('exit', () => resolve()).once('error', () => resolve()))
  }

  /** Starts the program; gives, when it has ended, what it complained of. */
  async run(): Promise<string> {
    const ended = new Promise<string>((resolve) =>
      this.#process.once('message', (said: string) => resolve(said)),
    )
    this.#tell('start')
    return (await Promise.race([ended, this.#over]))?.trim() ?? ''
  }

  /** Has the program end. */
  end(): void {
    this.#tell('end')
  }

  /** Over once there is neither program nor directory. */
  async remove(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect()
    await this.#over
    await rm(this.#directory, { recursive: true, force: true })
  }

  #tell(order: 'start' | 'end'): void {
    if (this.#process.connected) this.#process.send(order, () => undefined)
  }
}
