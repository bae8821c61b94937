/** Jobs that stop instances, and that make and destroy controllers. */

import { AlreadyExistsError, NotFoundError, NotValidError, Secret, UnavailableError } from 'cloud-environs'
import { beforeEach, describe, expect, it } from 'vitest'
import { Killed } from './hand-runner.ts'
import { newSite, type Site } from './site.ts'

let site: Site

beforeEach(async () => {
  site = await newSite()
})

const aborted = () => AbortSignal.abort(new Error('cancelled'))
const controllers = () =>
  site.cloud.machines().filter(({ tags }) => tags['juju-is-controller'] === 'true').length

describe('stopping', () => {
  it('stops instances, some at a time, and forgets the machines that they were', async () => {
    const outcomes = await site.environs.startMachines(
      'main',
      site.environ,
      Array.from({ length: 25 }, () => ({})),
    )
    const ids = outcomes.flatMap((outcome) => ('instance' in outcome ? [outcome.instance.id] : []))
    await site.environs.jobs.stopInstances('main', ids)
    expect(site.runner.submitted[0]?.tasks).toHaveLength(2)
    expect(await site.runner.begin('1')).toEqual({
      status: 'succeeded',
      result: { instances: ids.slice(0, 20) },
    })
    expect(site.machines()).toHaveLength(5)
    await site.runner.begin('2')
    // Somebody else does it again: what is gone is gone.
    expect(await site.runner.begin('1')).toMatchObject({ status: 'succeeded' })
    expect(site.machines()).toEqual([])
    expect((await site.store.get('main')).machines).toEqual({})
  })

  it('of no instance, or of an unknown controller, is refused', async () => {
    await expect(site.environs.jobs.stopInstances('main', [])).rejects.toThrow(NotValidError)
    await expect(site.environs.jobs.stopInstances('other', ['x'])).rejects.toThrow(NotFoundError)
    expect(site.runner.submitted).toEqual([])
  })

  it('stops nothing more when the job is cancelled', async () => {
    const { instance } = await site.environs.startMachine('main', site.environ)
    await site.environs.jobs.stopInstances('main', [instance.id])
    expect(await site.runner.begin('1', { signal: aborted() })).toEqual({ status: 'cancelled' })
    expect(site.machines()).toEqual(['1'])
  })
})

describe('destroying a controller', () => {
  it('removes it with all of its machines, also when whoever did so died before it was written down', async () => {
    await site.environs.startMachine('main', site.environ)
    await site.environs.jobs.destroyController('main')
    await expect(site.runner.begin('controller', { dieAfter: 'destroy 1' })).rejects.toThrow(Killed)
    expect(await site.runner.begin('controller')).toEqual({
      status: 'succeeded',
      result: { controller: 'main' },
    })
    expect(site.cloud.machines()).toEqual([])
    expect(await site.store.all()).toEqual([])
  })

  it('that is not there is refused', async () => {
    await expect(site.environs.jobs.destroyController('other')).rejects.toThrow(NotFoundError)
  })
})

describe('bootstrapping', () => {
  const PARAMS = { controllerName: 'second', cloud: 'memory' }

  it('makes a controller, of a cloud that the job names only', async () => {
    const job = await site.environs.jobs.bootstrap({
      ...PARAMS,
      modelConfig: { 'default-base': 'ubuntu@22.04' },
    })
    expect(job).toMatchObject({ kind: 'bootstrap', cloud: 'memory/memory', model: 'second' })
    const outcome = await site.runner.begin('controller')
    const details = await site.store.get('second')
    expect(details).toMatchObject({
      status: 'ready',
      job: job.id,
      modelConfig: { 'default-base': 'ubuntu@22.04' },
    })
    expect(outcome).toMatchObject({
      status: 'succeeded',
      result: { controller: 'second', uuid: details.uuid, instance: details.instanceIds[0] },
    })
  })

  it('is done once when its worker died before that was written down', async () => {
    await site.environs.jobs.bootstrap(PARAMS)
    await expect(site.runner.begin('controller', { dieAfter: 'bootstrap 1' })).rejects.toThrow(Killed)
    expect(await site.runner.begin('controller')).toMatchObject({ status: 'succeeded' })
    expect(controllers()).toBe(2)
  })

  it('is begun anew when its worker died before there was anything to go on with', async () => {
    await site.environs.jobs.bootstrap(PARAMS)
    await site.runner.begin('controller')
    await site.store.update('second', (details) => ({ ...details, status: 'bootstrapping' }))
    site.runner.steps.clear()
    expect(await site.runner.begin('controller')).toMatchObject({ status: 'succeeded' })
    expect(controllers()).toBe(2)
    expect(await site.store.get('second')).toMatchObject({ status: 'ready' })
  })

  it('that is cancelled leaves nothing of what whoever had it before has begun', async () => {
    await site.environs.jobs.bootstrap(PARAMS)
    await site.runner.begin('controller')
    await site.store.update('second', (details) => ({ ...details, status: 'bootstrapping' }))
    site.runner.steps.clear()
    expect(await site.runner.begin('controller', { signal: aborted() })).toEqual({ status: 'cancelled' })
    expect(controllers()).toBe(1)
    expect(await site.store.all()).toHaveLength(1)
  })

  it('leaves another controller of the name alone', async () => {
    await site.environs.jobs.bootstrap({ ...PARAMS, controllerName: 'main' })
    const { code } = new AlreadyExistsError('')
    expect(await site.runner.begin('controller')).toMatchObject({ status: 'failed', error: { code } })
    expect(controllers()).toBe(1)
  })

  it('of a cloud that is not known here, or with a secret, is not handed in', async () => {
    const { jobs } = site.environs
    await expect(jobs.bootstrap({ ...PARAMS, cloud: 'other' })).rejects.toThrow(NotFoundError)
    const modelConfig = { password: new Secret('canary') }
    const refused = jobs.bootstrap({ ...PARAMS, modelConfig })
    await expect(refused).rejects.toThrow('a job cannot keep the secret attribute "password"')
    site.runner.refusal = new UnavailableError('no room')
    await expect(jobs.bootstrap(PARAMS)).rejects.toThrow('no room')
    expect(site.runner.submitted).toEqual([])
  })
})
