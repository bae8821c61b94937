import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2'
import type { BootstrapPhase } from '../environ/index.ts'
import { oneLine, type Output } from './output.ts'
import type { ProgressView } from './progress.ts'

/** The phases that are shown as tasks. */
const TASKS: readonly (readonly [BootstrapPhase, string])[] = [
  ['prepare', 'Prepare'],
  ['start', 'Start the controller instance'],
  ['address', 'Wait for an address'],
  ['finalize', 'Finalise the controller'],
]

/** How many lines of a task stay in view. */
const LINES_OF_A_TASK = 8

/** Data may go to a file while progress is drawn: whether standard output is a terminal does not matter. */
class StandardErrorRenderer extends DefaultRenderer {
  static override nonTTY = true
}

/** What listr2 gives to a task: what is assigned to `output` is a line below its title. */
interface Line {
  output: string
}

/** A task that others end. */
class Task {
  #line: Line | undefined
  readonly #early: string[] = []
  readonly #ended: Promise<void>
  #end: (error?: Error) => void = () => undefined

  constructor() {
    this.#ended = new Promise((resolve, reject) => {
      this.#end = (error) => (error ? reject(error) : resolve())
    })
    // A task may fail before the list has begun it, and waits for it.
    this.#ended.catch(() => undefined)
  }

  /** What the list runs. */
  async run(line: Line): Promise<void> {
    this.#line = line
    for (const text of this.#early) line.output = text
    await this.#ended
  }

  tell(text: string): void {
    if (this.#line) this.#line.output = text
    else this.#early.push(text)
  }

  end(error?: Error): void {
    this.#end(error)
  }
}

/** A list of tasks on standard error, drawn anew as they go on. Other lines appear below the task under way. */
export function terminalProgress(output: Output): ProgressView {
  const tasks = new Map(TASKS.map(([phase]) => [phase, new Task()]))
  const logger = new ListrLogger({
    useIcons: true,
    toStderr: [],
    processOutput: new ProcessOutput(process.stderr, process.stderr),
  })
  const list = new Listr(
    TASKS.map(([phase, title]) => ({
      title,
      rendererOptions: { persistentOutput: true, outputBar: LINES_OF_A_TASK },
      task: async (_context: unknown, line: Line): Promise<void> => await tasks.get(phase)?.run(line),
    })),
    {
      renderer: StandardErrorRenderer,
      rendererOptions: { logger, showErrorMessage: false, collapseErrors: false },
      registerSignalListeners: false,
    },
  )
  const drawing = list.run().catch(() => undefined)
  let current = tasks.get('prepare')
  const tell = (line: string): void => current?.tell(line)
  output.tellThrough(tell)
  return {
    show: (event) => {
      if (event.kind === 'phase' && event.phase !== 'cleanup') {
        const next = tasks.get(event.phase)
        if (next !== current) current?.end()
        current = next
      } else {
        tell(oneLine(event.message))
      }
    },
    finish: async (succeeded) => {
      if (succeeded) for (const task of tasks.values()) task.end()
      else (current ?? tasks.get('finalize'))?.end(new Error('failed'))
      await drawing
      output.tellThrough(undefined)
    },
  }
}
