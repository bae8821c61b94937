import { EnvironsError, ZoneIndependentError } from '../environ/index.ts'
import type { TaskError } from './durable-runner.ts'

/** What is kept of an error when it is written down: of the real one, where it was marked. */
export function taskError(error: unknown): TaskError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  if (error instanceof ZoneIndependentError && error.cause instanceof Error) return taskError(error.cause)
  const { name, message } = error
  if (!(error instanceof EnvironsError)) return { name, message }
  const { code, hint } = error
  return { name, code, message, ...(hint === undefined ? {} : { hint }) }
}
