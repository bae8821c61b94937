import { parseConstraints } from '../../constraints/index.ts'
import { EnvironsError } from '../../environ/index.ts'
import type { Context } from '../context.ts'
import { type AsJobOptions, jobOptions } from '../handed-in.ts'
import { instanceTable, showInstances } from '../instance-table.ts'
import { wholeNumber } from '../whole-number.ts'
import type { ControllerOption } from './status.ts'

/** Options of `environs start`. */
export interface StartOptions extends ControllerOption, AsJobOptions {
  readonly number: string
  readonly constraints?: string
  readonly base?: string
  readonly to?: string
}

const MOST_AT_ONCE = 1000
const MOST_IN_A_JOB = 100_000

export async function start(context: Context, options: StartOptions): Promise<void> {
  const { output, signal } = context
  const how = jobOptions(options)
  const most = how ? MOST_IN_A_JOB : MOST_AT_ONCE
  const count = wholeNumber(options.number, { what: 'a number of machines', least: 1, most })
  const params = {
    constraints: parseConstraints(options.constraints ?? ''),
    ...(options.base === undefined ? {} : { base: options.base }),
    ...(options.to === undefined ? {} : { placement: options.to }),
  }
  const machines = Array.from({ length: count }, () => params)
  if (how) {
    const { startAsJob } = await import('./as-job.ts')
    await startAsJob(context, machines, options, how)
    return
  }
  await context.withController(options.controller, async (environ, name) => {
    const environs = await context.environs()
    const outcomes = await environs.startMachines(name, environ, machines, {
      signal,
      onProgress: ({ message }) => output.say(message),
    })
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
