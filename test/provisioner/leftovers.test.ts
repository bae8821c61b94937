import { createEnvirons, type Environ, type Environs, type MachineResourceKeeper } from 'cloud-environs'
import { memory, MemoryCloud } from 'cloud-environs/providers/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { alteredMemory } from '../bootstrap/altered-memory.ts'
import { MemoryControllerStore } from 'cloud-environs/testing'
import { ManualClock } from '../environ/manual-clock.ts'

const CLOUD = { type: 'memory', name: 'memory', region: 'memory' }

let cloud: MemoryCloud
let store: MemoryControllerStore
let clock: ManualClock
let environs: Environs
let environ: Environ
/** The machines that have something beside their instance. */
let machines: Set<string>

const keeper: MachineResourceKeeper = {
  machineResources: async () =>
    [...machines].map((machineId) => ({
      kind: 'group',
      id: `g${machineId}`,
      name: `g-${machineId}`,
      machineId,
    })),
  removeMachineResources: async (ids) => {
    for (const id of ids) machines.delete(id)
  },
}

beforeEach(async () => {
  cloud = new MemoryCloud()
  store = new MemoryControllerStore()
  clock = new ManualClock()
  machines = new Set()
  const plugins = [alteredMemory(cloud, () => keeper as Partial<Environ>)]
  environs = await createEnvirons({ plugins, controllers: store, clock })
  await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })
  environ = await environs.openController('main')
})

const left = async () => (await environs.findLeftovers('main', environ)).map(({ machineId }) => machineId)

describe('what a machine left', () => {
  it('is what nobody owns: neither the controller’s, nor that of a machine that runs or has a record', async () => {
    const started = await environs.startMachine('main', environ)
    await store.update('main', (known) => ({
      ...known,
      machines: { ...known.machines, 2: { starting: clock.now() }, 3: { instanceId: 'gone' } },
    }))
    machines = new Set(['0', started.machineId, '2', '3', '4'])
    expect(await left()).toEqual(['4'])
    clock.advance(5 * 60_000)
    expect(await left()).toEqual(['2', '4'])
    expect((await environs.removeLeftovers('main', environ)).map(({ id }) => id)).toEqual(['g2', 'g4'])
    expect([...machines]).toEqual(['0', '1', '3'])
    expect(await environs.removeLeftovers('main', environ)).toEqual([])
  })

  it('is not told of machines that are older than the records', async () => {
    const { machines: _, ...before } = await store.get('main')
    await store.update('main', () => ({ ...before, nextMachine: 4 }))
    machines = new Set(['3'])
    expect(await left()).toEqual([])
    await environs.startMachine('main', environ)
    expect(await left()).toEqual([])
  })

  it('is nothing where the cloud has no such things', async () => {
    machines = new Set(['9'])
    const plain = await createEnvirons({ plugins: [memory(cloud)], controllers: store, clock })
    await using other = await plain.openController('main')
    expect(await plain.removeLeftovers('main', other)).toEqual([])
    expect(machines.size).toBe(1)
  })
})
