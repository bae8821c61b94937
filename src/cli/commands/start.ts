import { parseConstraints } from '../../constraints/index.ts'
import { EnvironsError, NotValidError } from '../../environ/index.ts'
import type { Context } from '../context.ts'
import { instanceTable, showInstances } from '../instance-table.ts'
import type { ControllerOption } from './status.ts'

/** Options of `environs start`. */
export interface StartOptions extends ControllerOption {
  readonly number: string
  readonly constraints?: string
  readonly base?: string
  readonly to?: string
}

const MOST_AT_ONCE = 1000

export async function start(context: Context, options: StartOptions): Promise<void> {
  const { output, signal } = context
  const count = Number(options.number)
  if (!Number.isInteger(count) || count < 1 || count > MOST_AT_ONCE) {
    throw new NotValidError(`"${options.number}" is not a number of machines`, {
      hint: `give a number from 1 to ${MOST_AT_ONCE}`,
    })
  }
  const params = {
    constraints: parseConstraints(options.constraints ?? ''),
    ...(options.base === undefined ? {} : { base: options.base }),
    ...(options.to === undefined ? {} : { placement: options.to }),
  }
  await context.withController(options.controller, async (environ, name) => {
    const environs = await context.environs()
    const outcomes = await environs.startMachines(
      name,
      environ,
      Array.from({ length: count }, () => params),
      { signal, onProgress: ({ message }) => output.say(message) },
    )
    const started = outcomes.flatMap((outcome) => (outcome.status === 'started' ? [outcome.instance] : []))
    const shown = await showInstances(started, signal.aborted ? new AbortController().signal : signal)
    if (shown.length > 0) output.result({ instances: shown }, instanceTable(shown))
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [outcome.error] : []))
    const [first] = errors
    // What could not be undone is told also when it was interrupted.
    if (!first) {
      signal.throwIfAborted()
      return
    }
    if (count === 1) throw first
    throw new EnvironsError(`${errors.length} of ${count} machines could not be started: ${first.message}`, {
      cause: first,
      hint: first instanceof EnvironsError && first.hint ? first.hint : 'the others are started',
    })
  })
}
