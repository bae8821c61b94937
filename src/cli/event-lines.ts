import type { JobEvent } from '../provisioner/index.ts'
import type { Output } from './output.ts'

/** Tells of something that happened to a job. */
export function tellEvent(output: Output, job: string, event: JobEvent, named = false): void {
  const { at, task, message } = event
  const line = [...(named ? [job] : []), ...(task === undefined ? [] : [task])].join(' ')
  output.say(line === '' ? message : `${line}: ${message}`, {
    job,
    ...event,
    at: new Date(at).toISOString(),
  })
}
