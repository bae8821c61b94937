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
    const onStatus = (_state: string, info: string): void => output.say(info)
    const outcomes = await Promise.allSettled(
      Array.from({ length: count }, () => environs.startMachine(name, environ, params, { signal, onStatus })),
    )
    const started = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? [outcome.value.instance] : [],
    )
    const shown = await showInstances(started, signal.aborted ? new AbortController().signal : signal)
    if (shown.length > 0) output.result({ instances: shown }, instanceTable(shown))
    signal.throwIfAborted()
    const errors = outcomes.flatMap((outcome): unknown[] =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    )
    const [first] = errors
    if (errors.length === 0) return
    if (count === 1) throw first
    throw new EnvironsError(
      `${errors.length} of ${count} machines could not be started: ${first instanceof Error ? first.message : String(first)}`,
      {
        cause: first,
        hint: first instanceof EnvironsError && first.hint ? first.hint : 'the others are started',
      },
    )
  })
}
