import type { ProgressEvent } from '../environ/index.ts'
import type { Output } from './output.ts'

/** Shows what a bootstrap tells. */
export interface ProgressView {
  show(event: ProgressEvent): void
  /** Ends the view, after success or a failure. */
  finish(succeeded: boolean): Promise<void>
}

/** One line for each event; a JSON line with `--json`. */
const lines = (output: Output): ProgressView => ({
  show: (event) => {
    if (event.kind !== 'verbose' || output.verbose) output.say(event.message, event)
  },
  finish: async () => undefined,
})

/** Tasks on a terminal, lines elsewhere. A terminal that does not know its width cannot be drawn on. */
export async function progressView(output: Output): Promise<ProgressView> {
  const { isTTY, columns } = process.stderr
  const plain =
    output.json || output.quiet || output.verbose || !isTTY || !columns || process.env['TERM'] === 'dumb'
  return plain ? lines(output) : (await import('./terminal-progress.ts')).terminalProgress(output)
}
