import {
  createEnvirons,
  type Environ,
  type Environs,
  NotFoundError,
  NotValidError,
  QuotaExceededError,
} from 'cloud-environs'
import { MemoryCloud } from 'cloud-environs/providers/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { alteredMemory } from '../bootstrap/altered-memory.ts'
import { MemoryControllerStore } from 'cloud-environs/testing'

const CLOUD = { type: 'memory', name: 'memory', region: 'memory' }

let cloud: MemoryCloud
let store: MemoryControllerStore
beforeEach(() => {
  cloud = new MemoryCloud()
  store = new MemoryControllerStore()
})

/** A controller `main`, and an environ for its model. */
async function bootstrapped(
  alter: (original: Environ) => Partial<Environ> = () => ({}),
): Promise<{ environs: Environs; environ: Environ; controllerUuid: string }> {
  const environs = await createEnvirons({ plugins: [alteredMemory(cloud, alter)], controllers: store })
  const { details } = await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })
  return { environs, environ: await environs.openController('main'), controllerUuid: details.uuid }
}

const ids = () => cloud.machines().map(({ tags }) => tags['juju-machine-id'])

describe('starting machines', () => {
  it('numbers them after the controller, tags them, and gives each a nonce of its own', async () => {
    const { environs, environ, controllerUuid } = await bootstrapped()
    const first = await environs.startMachine('main', environ)
    const second = await environs.startMachine('main', environ)
    expect([first.machineId, second.machineId]).toEqual(['1', '2'])
    expect(cloud.machine(second.instance.id)?.tags).toEqual({
      'juju-controller-uuid': controllerUuid,
      'juju-model-uuid': environ.config().uuid,
      'juju-machine-id': '2',
    })
    const nonces = cloud.machines().map(({ userData }) => /machine-\d+:[0-9a-f-]{36}/.exec(userData)?.[0])
    expect(nonces.map((nonce) => nonce?.split(':')[0])).toEqual(['machine-0', 'machine-1', 'machine-2'])
    expect(new Set(nonces.map((nonce) => nonce?.split(':')[1])).size).toBe(3)
  })

  it('takes constraints, base and placement', async () => {
    const { environs, environ } = await bootstrapped()
    const { hardware } = await environs.startMachine('main', environ, {
      constraints: { mem: 8192 },
      base: 'debian@12',
      placement: 'zone=zone2',
    })
    expect(hardware).toMatchObject({ mem: 8192, availabilityZone: 'zone2' })
    expect(cloud.machines().at(-1)?.image).toMatchObject({ os: 'debian', version: '12' })
  })

  it('never gives two machines one id, also when many start at once', async () => {
    const { environs, environ } = await bootstrapped()
    const started = await Promise.all(
      Array.from({ length: 20 }, () => environs.startMachine('main', environ)),
    )
    expect(new Set(started.map(({ machineId }) => machineId)).size).toBe(20)
    expect(new Set(ids()).size).toBe(21)
    expect((await store.get('main')).nextMachine).toBe(21)
  })

  it('does not use an id again after its machine is gone, or never came to be', async () => {
    const { environs, environ } = await bootstrapped()
    const { instance } = await environs.startMachine('main', environ)
    await environ.stopInstances([instance.id])
    cloud.quota = 1
    await expect(environs.startMachine('main', environ)).rejects.toBeInstanceOf(QuotaExceededError)
    cloud.quota = 10
    expect((await environs.startMachine('main', environ)).machineId).toBe('3')
    expect(ids()).toEqual(['0', '3'])
  })

  it('tries the next zone when one fails', async () => {
    const { environs, environ } = await bootstrapped((original) => ({
      startInstance: async (params, options) => {
        if (params.availabilityZone === 'zone1' && params.instanceConfig.machineId !== '0')
          throw new Error('zone1 is full')
        return await original.startInstance(params, options)
      },
    }))
    expect((await environs.startMachine('main', environ)).hardware.availabilityZone).toBe('zone2')
  })

  it('tells its status', async () => {
    const { environs, environ } = await bootstrapped()
    const told: unknown[] = []
    await environs.startMachine('main', environ, {}, { onStatus: (...args) => told.push(args) })
    expect(told).toEqual([['allocating', 'creating a machine of type small']])
  })

  it('refuses what cannot work before it takes an id', async () => {
    const { environs, environ } = await bootstrapped()
    for (const params of [
      { constraints: { instanceType: 'small', mem: 1 } },
      { constraints: { instanceType: 'huge' } },
      { base: 'noble' },
      { placement: 'rack=7' },
    ]) {
      await expect(environs.startMachine('main', environ, params)).rejects.toBeInstanceOf(NotValidError)
    }
    await expect(environs.startMachine('main', environ, { base: 'ubuntu@99.04' })).rejects.toBeInstanceOf(
      NotFoundError,
    )
    await expect(environs.startMachine('mian', environ)).rejects.toBeInstanceOf(NotFoundError)
    expect((await store.get('main')).nextMachine).toBe(1)
    expect(ids()).toEqual(['0'])
  })

  it("ends with the signal's reason", async () => {
    const { environs, environ } = await bootstrapped()
    const reason = new Error('interrupted')
    const starting = environs.startMachine('main', environ, {}, { signal: AbortSignal.abort(reason) })
    await expect(starting).rejects.toBe(reason)
    expect(ids()).toEqual(['0'])
  })
})
