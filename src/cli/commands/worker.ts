import { hostname } from 'node:os'
import type { Context } from '../context.ts'
import { wholeNumber } from '../whole-number.ts'

/** Options of `environs worker`. */
export interface WorkerOptions {
  readonly name?: string
  readonly untilIdle?: boolean
  readonly grace?: string
}

const MOST_GRACE = 86_400

export async function worker(
  context: Context,
  { name = hostname(), untilIdle = false, grace = '30' }: WorkerOptions,
): Promise<void> {
  const { output, signal } = context
  const seconds = wholeNumber(grace, { what: 'a number of seconds', least: 0, most: MOST_GRACE })
  const jobs = await context.jobs()
  context.interruption =
    'Interrupted: ending after the steps under way. Interrupt again to stop at once: they are done again.'
  output.say(`Worker "${name}" is at work`, { worker: name })
  await jobs.work({
    name,
    untilIdle,
    grace: seconds * 1000,
    signal,
    onProgress: ({ job, ...progress }) =>
      output.say(`${job.id} ${progress.task}: ${progress.message}`, { job: job.id, ...progress }),
  })
  output.result({ worker: name }, '')
}
