/** Jobs without a cloud, and what became of them. */

import { readFile } from 'node:fs/promises'
import type {
  DurableRunner,
  Job,
  JobStatus,
  Task,
  TaskHandler,
  TaskHandlers,
} from '../../src/provisioner/durable-runner.ts'

export const job = (changes: Partial<Job> = {}): Job => ({
  id: 'job',
  kind: 'start',
  controller: 'main',
  cloud: 'home/RegionOne',
  model: 'model-a',
  priority: 5,
  createdAt: 1,
  ...changes,
})

export const tasks = (count: number): readonly Task[] =>
  Array.from({ length: count }, (_, index) => ({ id: String(index), input: index }))

export const only = (handler: TaskHandler): TaskHandlers => ({
  bootstrap: handler,
  start: handler,
  stop: handler,
  destroy: handler,
})

/** A job when it is over. */
export async function over(runner: DurableRunner, id = 'job'): Promise<JobStatus> {
  for await (const event of runner.events(id, { follow: true })) void event
  return await runner.get(id)
}

/** Lines of a file that may not be there. */
export const linesOf = async (path: string): Promise<readonly string[]> =>
  (await readFile(path, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
