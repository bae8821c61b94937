import { EXIT_CODES } from './exit-code.ts'
import type { Output } from './output.ts'

/**
 * What becomes of failures outside of any command. A reader that has gone away (`environs status | head -1`) is no
 * reason to stop half-way; an error that nobody caught ends the process with one line instead of a stack.
 */
export function onLastResort(output: Output): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return
      process.exitCode = EXIT_CODES.failed
      if (stream === process.stdout) output.error(error)
    })
  }
  process.on('uncaughtException', (error) => {
    output.error(error)
    process.exit(EXIT_CODES.failed)
  })
}
