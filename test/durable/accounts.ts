/** What has to be true of machines, records and jobs when the work is done. */

import { type Job, NotFoundError } from 'cloud-environs'
import { expect } from 'vitest'
import type { Site } from './site.ts'

/** Pairs in an order that does not matter. */
const sorted = (pairs: readonly (readonly unknown[])[]): readonly string[] =>
  pairs.map((pair) => pair.join(' ')).toSorted()

/** That the machines that these jobs started have one server each, on record, and that nobody has another. */
export async function expectAccounted(
  site: Site,
  controller: string,
  ...jobs: readonly Job[]
): Promise<void> {
  const { environs, cloud } = site
  const instances = (await Promise.all(jobs.map((job) => instancesOf(site, job)))).flat()
  const { machines = {} } = await environs.controllers.get(controller)
  const records = Object.entries(machines).map(([id, record]) =>
    'instanceId' in record ? [id, record.instanceId] : [id, JSON.stringify(record)],
  )
  expect(sorted(records)).toEqual(sorted(instances))
  await using environ = await environs.openController(controller)
  const model = (await environ.allInstances()).filter(({ tags }) => tags['juju-is-controller'] !== 'true')
  expect(sorted(model.map(({ id, tags }) => [tags['juju-machine-id'], id]))).toEqual(sorted(instances))
  const alive = new Map(cloud.servers().map(({ id, status }) => [id, status]))
  expect(instances.filter(([, id]) => alive.get(id) !== 'ACTIVE')).toEqual([])
  expect(await environs.findOrphans(controller, environ)).toEqual([])
  expect(await environs.findLeftovers(controller, environ)).toEqual([])
  for (const job of jobs) await expectEventsFit(site, job)
}

/** Stops all instances of a controller's machines, and then destroys it, by jobs: the cloud is as if nobody had come. */
export async function stopAndDestroy(site: Site, controller: string): Promise<void> {
  const { environs, cloud } = site
  const ids = cloud.servers().map(({ id }) => id)
  const stop = await environs.jobs.stopInstances(controller, ids)
  await site.untilState(stop, 'succeeded')
  expect((await environs.controllers.get(controller)).machines).toEqual({})
  expect(cloud.servers()).toEqual([])
  const destroy = await environs.jobs.destroyController(controller)
  await site.untilState(destroy, 'succeeded')
  await expect(environs.controllers.get(controller)).rejects.toThrow(NotFoundError)
  expect(cloud.counts()).toEqual({})
}

/** The machines that a job has started, with the ids of their instances. */
async function instancesOf(
  site: Site,
  job: Job,
): Promise<readonly (readonly [machine: string, instance: string])[]> {
  return (await site.tasks(job)).flatMap(({ id, outcome }) => {
    if (outcome?.status !== 'succeeded') return []
    const { machine, instance } = outcome.result as { readonly machine: string; readonly instance: string }
    expect(machine).toBe(id)
    return [[machine, instance] as const]
  })
}

/** That every task of a job that is over has ended, and said so, once. */
async function expectEventsFit(site: Site, job: Job): Promise<void> {
  const [tasks, events] = await Promise.all([site.tasks(job), site.events(job)])
  const ends = events.flatMap(({ task, outcome }) => (outcome === undefined ? [] : [[task, outcome]]))
  expect(sorted(ends)).toEqual(sorted(tasks.map(({ id, outcome }) => [id, outcome?.status])))
  const { state, tasks: numbers } = await site.environs.jobs.runner.get(job.id)
  expect(events.findLast((event) => event.state !== undefined)?.state).toBe(state)
  const { total, running, succeeded, failed, cancelled } = numbers
  expect([total, running, succeeded + failed + cancelled]).toEqual([tasks.length, 0, tasks.length])
}
