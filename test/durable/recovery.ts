import { setTimeout as sleep } from 'node:timers/promises'
import type { Job } from 'cloud-environs'
import type { Site } from './site.ts'

const LOOK_MS = 500

/** What became of the tasks that a worker had under way when it died; in seconds after its death. */
export interface Recovery {
  /** How many tasks were begun again. */
  readonly tasks: number
  /** Until the last of them was begun again; found out to half a second. */
  readonly begunAgain: number
  /** Until the last of them was over. */
  readonly over: number
}

/** Watches the tasks that are under way now, when a worker has just died, until all of them are over. */
export async function watchRecovery(site: Site, job: Job): Promise<Recovery> {
  const died = Date.now()
  const after = (moment: number): number => Math.round((moment - died) / 100) / 10
  const underWay = new Map(
    (await site.tasks(job)).flatMap(({ id, begun, outcome }) =>
      begun > 0 && !outcome ? [[id, begun] as const] : [],
    ),
  )
  const again = new Map<string, number>()
  for (;;) {
    const tasks = (await site.tasks(job)).filter(({ id }) => underWay.has(id))
    for (const { id, begun } of tasks)
      if (begun > (underWay.get(id) ?? 0) && !again.has(id)) again.set(id, Date.now())
    if (tasks.every(({ outcome }) => outcome)) break
    await sleep(LOOK_MS)
  }
  const ends = (await site.events(job)).filter(
    ({ task = '', outcome }) => outcome !== undefined && again.has(task),
  )
  return {
    tasks: again.size,
    begunAgain: after(Math.max(died, ...again.values())),
    over: after(Math.max(died, ...ends.map(({ at }) => at))),
  }
}
