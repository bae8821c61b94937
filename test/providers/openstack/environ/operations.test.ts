/** What is done with machines that exist: power, console, snapshots, another controller. */

import {
  ConflictError,
  type Environ,
  NotFoundError,
  NotValidError,
  supportsAdoption,
  supportsConsoles,
  supportsPower,
  supportsSnapshots,
} from 'cloud-environs'
import { TAG_CONTROLLER } from 'cloud-environs/provider'
import { describe, expect, it } from 'vitest'
import { openModel } from '../../../environ-contract.ts'
import { environSuite } from './suite.ts'

const suite = environSuite()

/** The environ, when the guard says that it has the capability. */
function capable<T extends Environ>(environ: Environ, guard: (environ: Environ) => environ is T): T {
  if (!guard(environ)) throw new Error('the environ lacks the capability')
  return environ
}

const stateOf = async (environ: Environ, id: string) => (await environ.instances([id]))[0]?.status.state

/** A machine of another model, which is none of this one's business. */
async function foreign(): Promise<string> {
  const { start } = await openModel(suite.environs, suite.cloud)
  return (await start()).instance.id
}

describe('power', () => {
  it('goes off and on, and asking twice is as good as once', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const { power } = capable(environ, supportsPower)
    const { id } = (await start()).instance
    await power.stop(id)
    expect(await stateOf(environ, id)).toBe('stopped')
    await power.stop(id)
    await expect(power.reboot(id)).rejects.toBeInstanceOf(ConflictError)
    await power.start(id)
    expect(await stateOf(environ, id)).toBe('running')
    await power.start(id)
    await power.reboot(id)
    await power.reboot(id, { hard: true })
    expect(await stateOf(environ, id)).toBe('running')
  })

  it('comes back to what was paused or suspended by other means', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const { power } = capable(environ, supportsPower)
    const { id } = (await start()).instance
    const { servers } = suite.cloud.connection.compute
    await servers.pause(id)
    await servers.waitForStatus(id, { accept: ['PAUSED'] })
    await power.start(id)
    await servers.suspend(id)
    await servers.waitForStatus(id, { accept: ['SUSPENDED'] })
    await power.start(id)
    expect(await stateOf(environ, id)).toBe('running')
  })

  it('of machines of other models, and of none, is not to be touched', async () => {
    const { environ } = await openModel(suite.environs, suite.cloud)
    const { power } = capable(environ, supportsPower)
    const id = await foreign()
    await expect(power.stop(id)).rejects.toBeInstanceOf(NotFoundError)
    await expect(power.stop('absent')).rejects.toThrow(/server absent not found/)
    expect((await suite.cloud.connection.compute.servers.get(id)).status).toBe('ACTIVE')
  })
})

describe('consoles', () => {
  it('tell what a machine said, and can be opened', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const { consoles } = capable(environ, supportsConsoles)
    const { id } = (await start()).instance
    const output = await consoles.output(id)
    expect(output.split('\n').length).toBeGreaterThan(1)
    expect(output.endsWith(await consoles.output(id, { lines: 1 }))).toBe(true)
    expect(await consoles.session(id)).toMatchObject({
      url: expect.stringMatching(/^https?:/),
      protocol: 'vnc',
    })
    await expect(consoles.output(await foreign())).rejects.toBeInstanceOf(NotFoundError)
  })
})

describe('snapshots', () => {
  it('are taken of a machine, found by it, and deleted', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const { snapshots } = capable(environ, supportsSnapshots)
    const { id } = (await start()).instance
    const made = await snapshots.create(id, { name: 'before-upgrade', tags: { release: '7' } })
    expect(made).toMatchObject({ name: 'before-upgrade', source: id, tags: { release: '7' } })
    expect(await snapshots.list({ source: id })).toMatchObject([
      { id: made.id, name: 'before-upgrade', source: id, tags: { release: '7' } },
    ])
    expect(await snapshots.list({ source: 'another' })).toEqual([])
    await snapshots.delete(made.id)
    await snapshots.delete(made.id)
    expect(await snapshots.list()).toEqual([])
  })

  it('are the model’s own alone', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const { snapshots } = capable(environ, supportsSnapshots)
    const [image] = await suite.cloud.connection.image.images.all({ name: 'cirros' })
    await expect(snapshots.delete(image?.id ?? '')).rejects.toBeInstanceOf(NotFoundError)
    const { id } = (await start()).instance
    const reserved = snapshots.create(id, { name: 's', tags: { 'juju-model-uuid': 'x' } })
    await expect(reserved).rejects.toBeInstanceOf(NotValidError)
    expect(await snapshots.list()).toEqual([])
  })
})

describe('another controller', () => {
  it('takes a model over, with all that is its machines’, and can destroy it', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const { instance } = await start({ constraints: { allocatePublicIp: true } })
    const controllerUuid = crypto.randomUUID()
    const adoptable = capable(environ, supportsAdoption)
    await adoptable.adoptResources(controllerUuid)
    await adoptable.adoptResources(controllerUuid)

    const server = await suite.cloud.connection.compute.servers.get(instance.id)
    expect(server.metadata[TAG_CONTROLLER]).toBe(controllerUuid)
    const groups = await suite.cloud.connection.compute.servers.fetchSecurityGroups(instance.id)
    expect(groups.every(({ name }) => name.startsWith(`juju-${controllerUuid}-`))).toBe(true)
    const before = await suite.cloud.leftovers()
    expect(before.some((each) => each.startsWith('floating IP'))).toBe(true)
    await environ.destroyController(controllerUuid)
    expect(await suite.cloud.leftovers()).toEqual([])
  })
})
