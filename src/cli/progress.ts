import type { ListrTaskWrapper, ListrRenderer } from 'listr2'
import type { BootstrapPhase, ProgressEvent } from '../environ/index.ts'
import type { Output } from './output.ts'

/** Shows what a bootstrap tells. */
export interface ProgressView {
  show(event: ProgressEvent): void
  /** Ends the view, after success or a failure. */
  finish(succeeded: boolean): Promise<void>
}

/** One line for each event; a JSON line with `--json`. */
function lines(output: Output): ProgressView {
  return {
    show: (event) => {
      if (output.quiet || (event.kind === 'verbose' && !output.verbose)) return
      process.stderr.write(output.json ? `${JSON.stringify(event)}\n` : `${event.message}\n`)
    },
    finish: async () => undefined,
  }
}

/** The phases that a terminal shows as tasks. */
const TASKS: readonly (readonly [BootstrapPhase, string])[] = [
  ['prepare', 'Prepare'],
  ['start', 'Start the controller instance'],
  ['address', 'Wait for an address'],
  ['finalize', 'Finalise the controller'],
]

interface Task {
  readonly done: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
  wrapper?: ListrTaskWrapper<unknown, typeof ListrRenderer, typeof ListrRenderer>
}

function task(): Task {
  let resolve = (): void => undefined
  let reject: (error: Error) => void = () => undefined
  const done = new Promise<void>((res, rej) => {
    resolve = res
    reject = rej
  })
  return { done, resolve, reject }
}

/** A list of tasks that is drawn anew as they go on. */
async function drawn(): Promise<ProgressView> {
  const { Listr } = await import('listr2')
  const tasks = new Map(TASKS.map(([phase]) => [phase, task()]))
  const list = new Listr(
    TASKS.map(([phase, title]) => ({
      title,
      rendererOptions: { persistentOutput: true, outputBar: 8 },
      task: async (_context: unknown, wrapper: unknown): Promise<void> => {
        const own = tasks.get(phase)
        if (!own) return
        own.wrapper = wrapper as NonNullable<Task['wrapper']>
        await own.done
      },
    })),
    { registerSignalListeners: false, rendererOptions: { showErrorMessage: false, collapseErrors: false } },
  )
  const drawing = list.run().catch(() => undefined)
  let current = tasks.get('prepare')
  return {
    show: (event) => {
      if (event.kind === 'phase' && event.phase !== 'cleanup') {
        const next = tasks.get(event.phase)
        if (next !== current) current?.resolve()
        current = next
      } else if (current?.wrapper) {
        current.wrapper.output = event.message
      }
    },
    finish: async (succeeded) => {
      if (!succeeded) (current ?? tasks.get('finalize'))?.reject(new Error('failed'))
      else for (const { resolve } of tasks.values()) resolve()
      await drawing
    },
  }
}

/** Tasks on a terminal, lines elsewhere. */
export async function progressView(output: Output): Promise<ProgressView> {
  const plain =
    output.json || output.quiet || output.verbose || !process.stderr.isTTY || process.env['TERM'] === 'dumb'
  return plain ? lines(output) : await drawn()
}
