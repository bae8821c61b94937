import {
  ConflictError,
  NotValidError,
  QuotaExceededError,
  RateLimitedError,
  resourceTags,
  UnauthorizedError,
  UnavailableError,
  ZoneIndependentError,
} from 'cloud-environs'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Killed } from './hand-runner.ts'
import { newSite, type Site } from './site.ts'

let site: Site

beforeEach(async () => {
  site = await newSite()
})

const start = async (count = 1, options = {}) =>
  await site.environs.jobs.startMachines(
    'main',
    Array.from({ length: count }, () => ({})),
    options,
  )

const records = async () => (await site.store.get('main')).machines
const aborted = () => AbortSignal.abort(new Error('cancelled'))

describe('handing in', () => {
  it('gives the machines their ids and their job’s record, all at once, and asks for no instance', async () => {
    const job = await start(3)
    const [handed] = site.runner.submitted
    expect(handed?.job).toEqual(job)
    expect(handed?.tasks.map(({ id }) => id)).toEqual(['1', '2', '3'])
    expect(await records()).toEqual({ 1: { job: job.id }, 2: { job: job.id }, 3: { job: job.id } })
    expect(job).toMatchObject({ kind: 'start', controller: 'main', cloud: 'memory/memory', priority: 5 })
    expect(site.asked).not.toContain('startInstance')
  })

  it.each([
    ['a constraint that no machine can meet', [{ constraints: { instanceType: 'huge' } }], {}, 'huge'],
    ['an id that no machine has', [{ machineId: '0' }], {}, '"0" is not the id'],
    ['a priority that there is not', [{}], { priority: 10 }, '"10" is not a priority'],
    ['no machine', [], {}, 'a job needs machines'],
  ])('refuses %s, and keeps nothing', async (_, machines, options, says) => {
    const before = await site.store.get('main')
    await expect(site.environs.jobs.startMachines('main', machines, options)).rejects.toThrow(says)
    expect(site.runner.submitted).toEqual([])
    expect(await site.store.get('main')).toEqual(before)
  })

  it('takes the records back when the runner does not keep the job', async () => {
    site.runner.refusal = new UnavailableError('no room')
    await expect(start(2)).rejects.toThrow('no room')
    expect(await records()).toEqual({})
  })

  it('a second time under the same id hands in nothing', async () => {
    const first = await start(1, { id: 'mine' })
    expect(await start(1, { id: 'mine' })).toMatchObject(first)
    expect(site.runner.submitted).toHaveLength(1)
    expect(Object.keys((await records()) ?? {})).toEqual(['1'])
  })

  it('refuses a machine that another job or process has in hand, by the name of that job', async () => {
    const job = await start()
    const again = site.environs.jobs.startMachines('main', [{ machineId: '1' }])
    await expect(again).rejects.toThrow(`machine 1 is being started by job ${job.id}`)
    const [outcome] = await site.environs.startMachines('main', site.environ, [{ machineId: '1' }])
    expect(outcome).toMatchObject({ status: 'failed', error: expect.any(ConflictError) as Error })
    expect(await site.environs.findOrphans('main', site.environ)).toEqual([])
  })
})

describe('a machine’s task', () => {
  it('makes its instance and records it, and looks up nothing that cannot be there', async () => {
    await start(2)
    await site.runner.begin('1')
    site.asked.length = 0
    const outcome = await site.runner.begin('2')
    const [, instance] = site.cloud.machines().slice(1)
    expect(outcome).toMatchObject({ status: 'succeeded', result: { machine: '2', instance: instance?.id } })
    expect(site.asked).toEqual(['startInstance'])
    expect((await records())?.['2']).toEqual({ instanceId: instance?.id })
  })

  it('has one instance when its worker died before it could write down that it is made', async () => {
    await start()
    await expect(site.runner.begin('1', { dieAfter: 'start 1' })).rejects.toThrow(Killed)
    const [, made] = site.cloud.machines()
    expect(await site.runner.begin('1')).toMatchObject({ result: { instance: made?.id } })
    expect(site.machines()).toEqual(['1'])
  })

  it('has one instance, a whole one, when its worker died while it was made', async () => {
    await start()
    // Made, and not recorded: what is there may lack an address or a disk.
    const half = await halfMade('1')
    const outcome = await site.runner.begin('1', { begun: 2 })
    expect(outcome).toMatchObject({ status: 'succeeded' })
    expect(outcome).not.toMatchObject({ result: { instance: half } })
    expect(site.machines()).toEqual(['1'])
    expect(await site.environs.findOrphans('main', site.environ)).toEqual([])
  })

  it('has the instance that was recorded when the store could not say that it was', async () => {
    await start()
    const update = site.store.update.bind(site.store)
    vi.spyOn(site.store, 'update').mockImplementationOnce(async (...args) => {
      await update(...args)
      throw new UnavailableError('the connection broke')
    })
    expect(await site.runner.begin('1')).toMatchObject({ status: 'succeeded' })
    expect(site.machines()).toEqual(['1'])
    expect((await records())?.['1']).toEqual({ instanceId: site.cloud.machines().at(-1)?.id })
  })

  it('has one instance when its worker only seemed to be dead, and goes on after another has done it', async () => {
    await start()
    let wake = (): void => undefined
    site.gates.push(new Promise((resolve) => (wake = resolve)))
    const first = site.runner.begin('1', { dieAfter: 'start 1' })
    await vi.waitFor(() => expect(site.asked).toContain('startInstance'))
    const second = await site.runner.begin('1', { begun: 2 })
    wake()
    await expect(first).rejects.toThrow(Killed)
    const [, instance] = site.cloud.machines()
    expect(second).toMatchObject({ result: { instance: instance?.id } })
    expect(site.machines()).toEqual(['1'])
    expect((await records())?.['1']).toEqual({ instanceId: instance?.id })
  })

  it('is tried again after what may pass, and what the failure left is removed first', async () => {
    await start(1, { retryDelay: 1_000 })
    site.failures.push({ error: new ZoneIndependentError(new UnavailableError('later')), made: true })
    expect(await site.runner.begin('1')).toMatchObject({ status: 'succeeded' })
    expect(site.runner.slept).toEqual([1_000])
    expect(site.runner.heldBack).toEqual([])
    expect(site.machines()).toEqual(['1'])
    expect(site.runner.messages).toContain('later; tried again in 1 s')
  })

  it.each([
    ['asks for fewer requests', new RateLimitedError('slow down'), [100, 200, 400]],
    ['has no room', new QuotaExceededError('no more cores'), [1_000, 2_000, 4_000]],
  ])('holds back all others, for longer and longer, when the cloud %s', async (_, reason, delays) => {
    await start(1, { retryDelay: 1_000 })
    const failure = { error: new ZoneIndependentError(reason) }
    site.failures.push(failure, failure, failure)
    expect(await site.runner.begin('1')).toMatchObject({ status: 'succeeded' })
    expect(site.runner.heldBack).toEqual(delays)
    expect(site.runner.slept).toEqual(delays)
  })

  it.each([
    ['cannot help', new NotValidError('never'), 0, 1],
    ['did not help', new UnavailableError('later'), 2, 3],
  ])('fails when trying again %s; its record goes', async (_, reason, retries, attempts) => {
    await start(1, { retries, retryDelay: 1 })
    for (let n = 0; n < attempts; n++) site.failures.push({ error: new ZoneIndependentError(reason) })
    const { code } = reason
    const outcome = await site.runner.begin('1')
    expect(outcome).toMatchObject({ status: 'failed', error: { message: reason.message } })
    expect(code).toBeDefined()
    expect(site.asked.filter((call) => call === 'startInstance')).toHaveLength(attempts)
    expect(await records()).toEqual({})
    expect(site.machines()).toEqual([])
  })

  it('is undone when its job is cancelled, whoever began it', async () => {
    await start(2)
    expect(await site.runner.begin('1', { signal: aborted() })).toEqual({ status: 'cancelled' })
    await halfMade('2')
    expect(await site.runner.begin('2', { begun: 2, signal: aborted() })).toEqual({ status: 'cancelled' })
    expect(site.machines()).toEqual([])
    expect(await records()).toEqual({})
  })

  it('is removed when its job is cancelled in the moment in which it would be recorded', async () => {
    await start(2)
    // All of the job are taken from it.
    await site.runner.begin('2', { signal: aborted() })
    const cancel = new AbortController()
    const update = site.store.update.bind(site.store)
    vi.spyOn(site.store, 'update').mockImplementationOnce(async (...args) => {
      cancel.abort(new Error('cancelled'))
      return await update(...args)
    })
    expect(await site.runner.begin('1', { signal: cancel.signal })).toEqual({ status: 'cancelled' })
    expect(site.machines()).toEqual([])
    expect(await records()).toEqual({})
  })

  it('of a job that was cancelled leaves alone what another job has made of its machine since', async () => {
    await site.environs.jobs.startMachines('main', [{ machineId: '4' }], { id: 'first' })
    const first = site.runner.submitted[0]
    await site.runner.begin('4', { begun: 1, signal: aborted() })
    await site.environs.jobs.startMachines('main', [{ machineId: '4' }], { id: 'second' })
    // Somebody made the machine for the second job, and has not recorded it yet; the first job's task comes late.
    const made = await halfMade('4')
    if (first) site.runner.submitted.push(first)
    expect(await site.runner.begin('4', { begun: 2, signal: aborted() })).toMatchObject({ status: 'failed' })
    expect(site.cloud.machine(made)).toBeDefined()
    expect((await records())?.['4']).toEqual({ job: 'second' })
  })

  it('costs the store one change for all that nobody has begun, when its job is cancelled', async () => {
    await start(50)
    const update = vi.spyOn(site.store, 'update')
    const signal = aborted()
    for (let id = 1; id <= 50; id++) await site.runner.begin(String(id), { signal })
    expect(update).toHaveBeenCalledTimes(1)
    expect(await records()).toEqual({})
  })

  it('keeps what is there of a machine whose id was given', async () => {
    const { instance } = await site.environs.startMachine('main', site.environ)
    await site.environs.jobs.startMachines('main', [{ machineId: '1' }, { machineId: '7' }])
    expect(await site.runner.begin('1')).toMatchObject({ result: { instance: instance.id } })
    expect(await site.runner.begin('7')).toMatchObject({ status: 'succeeded' })
    expect(site.machines()).toEqual(['1', '7'])
  })

  it('of a given id whose recorded instance is gone makes another', async () => {
    const { instance } = await site.environs.startMachine('main', site.environ)
    await site.environ.stopInstances([instance.id])
    await site.environs.jobs.startMachines('main', [{ machineId: '1' }])
    expect(await site.runner.begin('1')).toMatchObject({ status: 'succeeded' })
    expect(site.machines()).toEqual(['1'])
  })

  it('fails at once when its controller is gone', async () => {
    await start()
    await site.environs.destroyController('main')
    const outcome = await site.runner.begin('1')
    expect(outcome).toMatchObject({ status: 'failed', error: { message: 'controller "main" is gone' } })
    expect(site.runner.slept).toEqual([])
  })

  it('is not made in the model of another controller that has the name by then', async () => {
    await start(2)
    await site.runner.begin('1')
    await site.environs.destroyController('main')
    const cloud = { type: 'memory', name: 'memory', region: 'memory' }
    await site.environs.bootstrap({ controllerName: 'main', cloud })
    await start()
    // The worker that did the first has to do with both by now.
    const later = site.runner.submitted.pop()
    expect(await site.runner.begin('2')).toMatchObject({ status: 'failed', error: { code: 'NOT_FOUND' } })
    expect(site.machines()).toEqual([])
    if (later) site.runner.submitted.push(later)
    expect(await site.runner.begin('1', { begun: 1 })).toMatchObject({ status: 'succeeded' })
    const [controller, machine] = site.cloud.machines()
    expect(machine?.tags['juju-model-uuid']).toBe(controller?.tags['juju-model-uuid'])
  })

  it('is tried again with the credential that there is by then, when the one before is refused', async () => {
    await start()
    const opened = vi.spyOn(site.environs, 'openController')
    site.failures.push({ error: new ZoneIndependentError(new UnauthorizedError('wrong password')) })
    expect(await site.runner.begin('1')).toMatchObject({ status: 'succeeded' })
    expect(opened).toHaveBeenCalledTimes(2)
    expect(site.machines()).toEqual(['1'])
  })

  it('fails when what was written down is not what it understands', async () => {
    await start()
    const input = site.runner.submitted[0]?.tasks[0]?.input as { base?: unknown }
    input.base = 5
    await expect(site.runner.begin('1')).rejects.toThrow('base')
    expect(site.machines()).toEqual([])
  })
})

/** An instance of a machine that nobody recorded, as a worker that dies while it is made leaves it. */
async function halfMade(machineId: string): Promise<string> {
  const [controller] = site.cloud.machines()
  if (!controller) throw new Error('there is no controller')
  const { uuid: controllerUuid, modelConfig } = await site.store.get('main')
  const { id: _, address: __, ...like } = controller
  const tags = resourceTags({ modelUuid: modelConfig.uuid, controllerUuid, machineId })
  return site.cloud.create({ ...like, tags }).id
}
