/** Two runtimes on one store, as two processes are. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ConflictError,
  createEnvirons,
  type Environ,
  type Environs,
  FileControllerStore,
  type MachineOutcome,
  ZoneIndependentError,
  UnavailableError,
} from 'cloud-environs'
import { MemoryCloud } from 'cloud-environs/providers/memory'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { alteredMemory } from '../bootstrap/altered-memory.ts'
import { ManualClock } from '../environ/manual-clock.ts'

const CLOUD = { type: 'memory', name: 'memory', region: 'memory' }
const MINUTE = 60_000

interface Process {
  readonly environs: Environs
  readonly environ: Environ
}

let cloud: MemoryCloud
let clock: ManualClock
let directory: string
let first: Process
let second: Process
/** Before an instance is made. */
let before: () => Promise<void>
/** Before what was listed is given. */
let listed: () => Promise<void>

async function runtime(bootstrap: boolean): Promise<Process> {
  const plugin = alteredMemory(cloud, (original) => ({
    startInstance: async (params, options) => {
      if (!params.instanceConfig.isController) await before()
      return await original.startInstance(params, options)
    },
    allInstances: async (options) => {
      const instances = await original.allInstances(options)
      await listed()
      return instances
    },
  }))
  const controllers = new FileControllerStore(directory)
  const environs = await createEnvirons({ plugins: [plugin], controllers, clock })
  if (bootstrap) await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })
  return { environs, environ: await environs.openController('main') }
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'environs-two-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  cloud = new MemoryCloud()
  clock = new ManualClock()
  before = async () => undefined
  listed = async () => undefined
  first = await runtime(true)
  second = await runtime(false)
})

const start = async ({ environs, environ }: Process, retries = 0): Promise<MachineOutcome | undefined> =>
  (await environs.startMachines('main', environ, [{ machineId: '5' }], { retries }))[0]

const machineIds = () => cloud.machines().map(({ tags }) => tags['juju-machine-id'])
const controller = async () => await new FileControllerStore(directory).get('main')

/** Something that is waited for until it is let go. */
function gate() {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

describe('two processes that ask for the same machine', () => {
  it('make it once; the other one says that it is being started', async () => {
    const { opened, open } = gate()
    before = () => opened
    const both = [start(first), start(second)]
    const refused = await Promise.race(both)
    expect(refused).toMatchObject({ status: 'failed', machineId: '5', attempts: 0 })
    const { error } = refused as MachineOutcome & { error: ConflictError }
    expect(error).toBeInstanceOf(ConflictError)
    expect(error.message).toBe('machine 5 is being started by another process')
    open()
    expect((await Promise.all(both)).map((outcome) => `${outcome?.status}`).toSorted()).toEqual([
      'failed',
      'started',
    ])
    expect(machineIds()).toEqual(['0', '5'])
    expect(await start(first)).toMatchObject({ status: 'existing' })
    expect(await start(second)).toMatchObject({ status: 'existing' })
  })

  it('both have it when one made it while the other was looking', async () => {
    listed = async () => {
      listed = async () => undefined
      expect(await start(first)).toMatchObject({ status: 'started' })
    }
    expect(await start(second)).toMatchObject({
      status: 'existing',
      instance: { id: cloud.machines().at(-1)?.id },
    })
    expect(machineIds()).toEqual(['0', '5'])
  })

  it('say so when it was made and stopped again meanwhile', async () => {
    listed = async () => {
      listed = async () => undefined
      await start(first)
      await first.environ.stopInstances([cloud.machines().at(-1)?.id ?? ''])
    }
    expect(await start(second)).toMatchObject({ status: 'failed', error: { code: 'CONFLICT' } })
    expect(await start(second)).toMatchObject({ status: 'started' })
  })

  it('leave it to whoever lives when the other one gives no sign of life', async () => {
    const { opened, open } = gate()
    before = () => opened
    const asleep = start(first)
    await expect.poll(async () => (await controller()).machines).toHaveProperty('5.starting')
    clock.advance(4 * MINUTE)
    expect(await start(second)).toMatchObject({ status: 'failed', error: { code: 'CONFLICT' } })
    // Without a sign of life: this clock gives one only to those that are driven.
    await new FileControllerStore(directory).update('main', (known) => ({
      ...known,
      machines: { 5: { starting: clock.now() - 5 * MINUTE, by: 'it' } },
    }))
    before = async () => undefined
    expect(await start(second)).toMatchObject({ status: 'started' })
    // It only slept.
    open()
    expect(await asleep).toMatchObject({ status: 'failed', error: { code: 'CONFLICT' } })
    expect(machineIds()).toEqual(['0', '5'])
    expect((await controller()).machines).toEqual({ 5: { instanceId: cloud.machines().at(-1)?.id } })
  })

  it('never remove what the other one has', async () => {
    let attempts = 0
    before = async () => {
      if (++attempts === 1) throw new ZoneIndependentError(new UnavailableError('out of order'))
    }
    // The other one takes the machine in the moment in which the first call has given it up, and the second is next.
    let other: Promise<MachineOutcome | undefined> | undefined
    const store = new FileControllerStore(directory)
    first.environs.controllers.update = async (...args) => {
      const details = await store.update(...args)
      if (attempts === 1 && !details.machines?.['5'] && !other) await (other = start(second))
      return details
    }
    const outcomes = await Promise.all([start(first), start(first)])
    expect(outcomes).toMatchObject([
      { status: 'failed', error: { message: 'out of order' } },
      { status: 'failed', error: { code: 'CONFLICT' } },
    ])
    expect(await other).toMatchObject({ status: 'started' })
    expect(machineIds()).toEqual(['0', '5'])
    expect((await controller()).machines).toMatchObject({ 5: { instanceId: cloud.machines().at(-1)?.id } })
  })
})
