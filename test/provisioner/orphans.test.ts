import { createEnvirons, type Environ, type Environs, resourceTags } from 'cloud-environs'
import { memory, MemoryCloud } from 'cloud-environs/providers/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { alteredMemory } from '../bootstrap/altered-memory.ts'
import { MemoryControllerStore } from 'cloud-environs/testing'
import { ManualClock } from '../environ/manual-clock.ts'

const CLOUD = { type: 'memory', name: 'memory', region: 'memory' }
const MINUTE = 60_000

let cloud: MemoryCloud
let store: MemoryControllerStore
let clock: ManualClock
let environs: Environs
let environ: Environ
let controllerUuid: string

beforeEach(async () => {
  cloud = new MemoryCloud()
  store = new MemoryControllerStore()
  clock = new ManualClock()
  environs = await createEnvirons({ plugins: [memory(cloud)], controllers: store, clock })
  controllerUuid = (await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })).details.uuid
  environ = await environs.openController('main')
})

/** An instance that nobody recorded. */
function stray(machineId: string, over: { controllerUuid?: string; isController?: boolean } = {}): string {
  const [controller] = cloud.machines()
  if (!controller) throw new Error('there is no controller')
  const { id: _, address: __, ...like } = controller
  const tags = resourceTags({ modelUuid: environ.config().uuid, controllerUuid, machineId, ...over })
  return cloud.create({ ...like, tags }).id
}

const orphans = async () =>
  (await environs.findOrphans('main', environ)).map(({ instance, reason }) => [instance.id, reason])

describe('an orphan', () => {
  it('is neither the controller nor a machine that was started', async () => {
    await environs.startMachine('main', environ)
    await environs.startMachines('main', environ, [{ machineId: '7' }])
    expect(await orphans()).toEqual([])
  })

  it('is what is tagged as ours and has no record, or the record of another instance', async () => {
    const { instance } = await environs.startMachine('main', environ)
    const second = stray('1')
    const unknown = stray('9')
    const controller = stray('0', { isController: true })
    stray('9', { controllerUuid: crypto.randomUUID() })
    expect(await orphans()).toEqual([
      [second, `machine 1 is instance ${instance.id}`],
      [unknown, 'machine 9 is not known'],
      [controller, 'it is another controller instance than the one that is known'],
    ])
    await environs.stopInstances('main', environ, [second, unknown, controller])
    expect(await orphans()).toEqual([])
    expect(cloud.machine(instance.id)).toBeDefined()
  })

  it('may be in use when it is older than the records: that is for its user to say', async () => {
    const { machines: _, ...before } = await store.get('main')
    await store.update('main', () => ({ ...before, nextMachine: 4 }))
    const [old, older] = [stray('3'), stray('2')]
    const certain = async () =>
      (await environs.findOrphans('main', environ)).map(({ instance, certain }) => [instance.id, certain])
    expect(await certain()).toEqual([
      [old, false],
      [older, false],
    ])
    // From the first record on, there is one of every machine.
    await environs.startMachines('main', environ, [{}, {}])
    expect(await orphans()).toEqual([
      [old, 'machine 3 may be in use: it was started before records were kept'],
      [older, 'machine 2 may be in use: it was started before records were kept'],
    ])
    // Asking for it makes it somebody's.
    await environs.startMachines('main', environ, [{ machineId: '3' }, { machineId: '2' }])
    expect(await orphans()).toEqual([])
  })

  it('is no machine that somebody is starting, for as long as they live', async () => {
    const killed = stray('5')
    await store.update('main', (known) => ({ ...known, machines: { 5: { starting: clock.now() } } }))
    clock.advance(4 * MINUTE)
    expect(await orphans()).toEqual([])
    clock.advance(MINUTE)
    expect(await orphans()).toEqual([[killed, 'whoever started machine 5 is gone']])
    // Asking for the machine again makes it somebody's.
    expect(await environs.startMachines('main', environ, [{ machineId: '5' }])).toMatchObject([
      { status: 'existing', instance: { id: killed } },
    ])
    expect(await orphans()).toEqual([])
  })

  it('is no machine whose start takes long', async () => {
    let release = (): void => undefined
    const plugin = alteredMemory(cloud, (original) => ({
      startInstance: async (params, options) => {
        const started = await original.startInstance(params, options)
        await new Promise<void>((resolve) => {
          release = resolve
        })
        return started
      },
    }))
    const others = await createEnvirons({ plugins: [plugin], controllers: store, clock })
    const starting = others.startMachine('main', await others.openController('main'))
    while (cloud.machines().length < 2) await new Promise((resolve) => setImmediate(resolve))
    for (let minute = 0; minute < 20; minute++) {
      clock.advance(MINUTE)
      await new Promise((resolve) => setImmediate(resolve))
      expect(await orphans()).toEqual([])
    }
    release()
    await starting
    expect(clock.asleep).toBe(0)
    expect(await orphans()).toEqual([])
  })

  it('is no machine that was stopped: that is forgotten', async () => {
    const first = await environs.startMachine('main', environ)
    const second = await environs.startMachine('main', environ)
    await environs.stopInstances('main', environ, [first.instance.id])
    expect((await store.get('main')).machines).toEqual({ 2: { instanceId: second.instance.id } })
  })
})
