import type { Job, TaskHandler, TaskHandlers } from '../../src/provisioner/durable-runner.ts'

/** A job that starts machines. */
export const startJob = (changes: Partial<Job> = {}): Job => ({
  id: 'job',
  kind: 'start',
  controller: 'main',
  cloud: 'home/RegionOne',
  model: 'model-a',
  priority: 5,
  createdAt: Date.now(),
  ...changes,
})

/** The same for all kinds. */
export const handledBy = (handler: TaskHandler): TaskHandlers => ({
  bootstrap: handler,
  start: handler,
  stop: handler,
  destroy: handler,
})

export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
