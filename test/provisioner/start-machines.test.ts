import {
  createEnvirons,
  type Environ,
  type Environs,
  EnvironsError,
  type MachineEvent,
  type MachineOutcome,
  type MachineParams,
  NotFoundError,
  NotValidError,
  QuotaExceededError,
  type StartMachinesOptions,
  UnavailableError,
  ZoneIndependentError,
} from 'cloud-environs'
import { MemoryCloud } from 'cloud-environs/providers/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { alteredMemory } from '../bootstrap/altered-memory.ts'
import { MemoryControllerStore } from 'cloud-environs/testing'
import { ManualClock } from '../environ/manual-clock.ts'

const CLOUD = { type: 'memory', name: 'memory', region: 'memory' }

type StartInstance = Environ['startInstance']

let cloud: MemoryCloud
let store: MemoryControllerStore
let clock: ManualClock
/** What happens instead of a start of a machine that is not the controller. */
let start: (original: StartInstance, ...args: Parameters<StartInstance>) => ReturnType<StartInstance>
let lists: number
let environs: Environs
let environ: Environ

beforeEach(async () => {
  cloud = new MemoryCloud()
  store = new MemoryControllerStore()
  clock = new ManualClock()
  start = async (original, ...args) => await original(...args)
  const plugin = alteredMemory(cloud, (original) => ({
    startInstance: async (params, options) =>
      params.instanceConfig.isController
        ? await original.startInstance(params, options)
        : await start((...args) => original.startInstance(...args), params, options),
    allInstances: async (options) => {
      lists += 1
      return await original.allInstances(options)
    },
  }))
  environs = await createEnvirons({ plugins: [plugin], controllers: store, clock })
  await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })
  environ = await environs.openController('main')
  lists = 0
})

const startMachines = (
  machines: readonly MachineParams[],
  options?: StartMachinesOptions,
): Promise<readonly MachineOutcome[]> =>
  clock.drive(environs.startMachines('main', environ, machines, options))

const many = (count: number): readonly MachineParams[] => Array.from({ length: count }, () => ({}))
const statuses = (outcomes: readonly MachineOutcome[]) => outcomes.map(({ status }) => status)
const machineIds = () => cloud.machines().map(({ tags }) => tags['juju-machine-id'])
const records = async () => (await store.get('main')).machines ?? {}

/** Fails as often as this, in a way that another zone does not cure and time may. */
const failing = (times: number): void => {
  const left = new Map<string, number>()
  start = async (original, ...args) => {
    const { machineId } = args[0].instanceConfig
    const failures = left.get(machineId) ?? times
    left.set(machineId, failures - 1)
    if (failures > 0) throw new ZoneIndependentError(new UnavailableError('out of order'))
    return await original(...args)
  }
}

/** Leaves an instance behind when it fails, and fails as often as this. */
const leaving = (times: number): void => {
  start = async (original, ...args) => {
    const started = await original(...args)
    if (times-- > 0) throw new ZoneIndependentError(new UnavailableError('could not be undone'))
    return started
  }
}

describe('many machines', () => {
  it('have one outcome each, in their order, and a record', async () => {
    const wanted = [
      { constraints: { mem: 8192 } },
      { placement: 'rack=7' },
      { base: 'ubuntu@99.04' },
      { placement: 'zone=zone2' },
      { machineId: '0' },
      { machineId: 'web' },
    ]
    const outcomes = await startMachines(wanted, { concurrency: 1 })
    expect(statuses(outcomes)).toEqual(['started', 'failed', 'failed', 'started', 'existing', 'failed'])
    expect(outcomes[0]).toMatchObject({ machineId: '1', attempts: 1, hardware: { mem: 8192 } })
    expect(outcomes[1]).toMatchObject({ attempts: 0, error: expect.any(NotValidError) as Error })
    expect(outcomes[1]).not.toHaveProperty('machineId')
    expect(outcomes[2]).toMatchObject({ attempts: 0, error: expect.any(NotFoundError) as Error })
    expect(outcomes[3]).toMatchObject({ machineId: '2', hardware: { availabilityZone: 'zone2' } })
    expect(machineIds()).toEqual(['0', '1', '2'])
    expect(await records()).toEqual({ 1: { instanceId: 'memory-2' }, 2: { instanceId: 'memory-3' } })
  })

  it('are started some at a time, also when they are tried again', async () => {
    let now = 0
    let most = 0
    const tried = new Set<string>()
    start = async (original, ...args) => {
      const { machineId } = args[0].instanceConfig
      if (!tried.has(machineId)) {
        tried.add(machineId)
        throw new ZoneIndependentError(new UnavailableError('out of order'))
      }
      most = Math.max(most, ++now)
      await clock.sleep(1_000)
      now -= 1
      return await original(...args)
    }
    expect(new Set(statuses(await startMachines(many(20), { concurrency: 3 })))).toEqual(new Set(['started']))
    expect(most).toBe(3)
    await startMachines(many(40))
    expect(most).toBe(16)
  })

  it('cost one list and one check of what is alike', async () => {
    let checks = 0
    const original = environ.precheckInstance.bind(environ)
    Object.assign(environ, {
      precheckInstance: async (...args: Parameters<typeof original>) => {
        checks += 1
        await original(...args)
      },
    })
    await startMachines([...many(5), { machineId: '7' }, { machineId: '8', constraints: { cores: 2 } }])
    expect({ lists, checks }).toEqual({ lists: 1, checks: 2 })
  })

  it('of a controller that is not known are refused', async () => {
    const starting = environs.startMachines('mian', environ, [{ machineId: '5' }])
    await expect(starting).rejects.toBeInstanceOf(NotFoundError)
    expect(statuses(await startMachines([{ machineId: '5' }]))).toEqual(['started'])
  })

  it('tell what happens to each', async () => {
    failing(1)
    const events: MachineEvent[] = []
    await startMachines([{}], { onProgress: (event) => events.push(event) })
    expect(events.map(({ kind, machineId }) => `${kind} ${machineId}`)).toEqual([
      'attempt 1',
      'retry 1',
      'attempt 1',
      'status 1',
      'done 1',
    ])
    expect(events[1]).toMatchObject({ attempt: 1, delay: 10_000, message: /again in 10 s: out of order/ })
    expect(events.at(-1)).toMatchObject({ outcome: { status: 'started', attempts: 2 } })
  })

  it('do not mind a listener that throws', async () => {
    const outcomes = await startMachines([{}], {
      onProgress: () => {
        throw new Error('mine')
      },
    })
    expect(statuses(outcomes)).toEqual(['started'])
  })
})

describe('a start that fails', () => {
  it('is tried again every 10 seconds, ten times', async () => {
    failing(10)
    const began = clock.now()
    expect(await startMachines([{}])).toMatchObject([{ status: 'started', attempts: 11 }])
    expect(clock.now() - began).toBeGreaterThanOrEqual(100_000)
    failing(11)
    const [outcome] = await startMachines([{}])
    expect(outcome).toMatchObject({ status: 'failed', machineId: '2', attempts: 11 })
    expect(outcome).toHaveProperty('error.message', 'out of order')
    expect(Object.keys(await records())).toEqual(['1'])
  })

  it('lets others start while it waits', async () => {
    start = async (original, ...args) => {
      if (args[0].instanceConfig.machineId === '1')
        throw new ZoneIndependentError(new UnavailableError('out of order'))
      return await original(...args)
    }
    const done: string[] = []
    await startMachines(many(3), {
      concurrency: 1,
      retries: 2,
      onProgress: ({ kind, machineId }) => kind === 'done' && done.push(machineId),
    })
    expect(done).toEqual(['2', '3', '1'])
  })

  it('is not tried again when that cannot help', async () => {
    cloud.quota = 3
    const outcomes = await startMachines(many(4), { concurrency: 1 })
    expect(statuses(outcomes)).toEqual(['started', 'started', 'failed', 'failed'])
    expect(outcomes[3]).toMatchObject({ attempts: 1, error: expect.any(QuotaExceededError) as Error })
    expect(Object.keys(await records())).toEqual(['1', '2'])
  })

  it('never makes a second instance when the first could not be undone', async () => {
    leaving(3)
    expect(await startMachines([{}])).toMatchObject([{ status: 'started', attempts: 4 }])
    expect(machineIds()).toEqual(['0', '1'])
  })

  it('leaves nothing, whatever its provider left', async () => {
    leaving(9)
    expect(statuses(await startMachines(many(3), { retries: 1 }))).toEqual(['failed', 'failed', 'failed'])
    expect(machineIds()).toEqual(['0'])
    expect(await records()).toEqual({})
  })

  it('says so when something is left all the same; the orphan finder finds it', async () => {
    leaving(1)
    const stopInstances = environ.stopInstances.bind(environ)
    Object.assign(environ, { stopInstances: () => Promise.reject(new UnavailableError('not now')) })
    const [outcome] = await startMachines([{}], { retries: 0 })
    expect(outcome).toMatchObject({ status: 'failed', error: expect.any(EnvironsError) as Error })
    expect(outcome).toHaveProperty(
      'error.message',
      'could not be undone; and an instance of machine 1 may be left',
    )
    expect(await environs.findOrphans('main', environ)).toMatchObject([{ machineId: '1' }])
    Object.assign(environ, { stopInstances })
  })

  it('is one that cannot be recorded', async () => {
    const update = store.update.bind(store)
    store.update = async (name, change) => {
      const details = await update(name, (known) => {
        const changed = change(known)
        const isRecord = Object.values(changed.machines ?? {}).some((record) => 'instanceId' in record)
        if (isRecord) throw new EnvironsError('the disk is full')
        return changed
      })
      return details
    }
    const [outcome] = await startMachines([{}], { retries: 1 })
    expect(outcome).toMatchObject({ status: 'failed', attempts: 2 })
    expect(outcome).toHaveProperty('error.message', 'the disk is full')
    expect(machineIds()).toEqual(['0'])
  })
})

describe('zones', () => {
  const zonesOf = (outcomes: readonly MachineOutcome[]) =>
    outcomes.map((outcome) =>
      outcome.status === 'started' ? outcome.hardware.availabilityZone : outcome.status,
    )

  it('are filled evenly, also by machines that start at once', async () => {
    await startMachines(many(9))
    const zones = cloud.machines().map(({ zone }) => zone)
    expect(zones.filter((zone) => zone === 'zone1')).toHaveLength(5)
  })

  it('do not count what failed in them', async () => {
    start = async (original, ...args) => {
      if (args[0].placement) throw new NotValidError('no')
      return await original(...args)
    }
    const failing = Array.from({ length: 4 }, () => ({ placement: 'zone=zone2' }))
    const outcomes = await startMachines([...failing, {}, {}], { concurrency: 1 })
    expect(zonesOf(outcomes).slice(3)).toEqual(['failed', 'zone2', expect.any(String)])
  })

  it('are those with the fewest of the distribution group', async () => {
    await startMachines([{ placement: 'zone=zone1' }])
    await startMachines(Array.from({ length: 4 }, () => ({ placement: 'zone=zone2' })))
    const told: unknown[] = []
    start = async (original, params, options) => {
      told.push(await params.distributionGroup?.())
      return await original(params, options)
    }
    expect(zonesOf(await startMachines([{ distributionGroup: ['1'] }, {}]))).toEqual(['zone2', 'zone1'])
    expect(told).toEqual([['memory-2'], []])
  })

  it('that fail are left for others, in one attempt', async () => {
    const failed: string[] = []
    start = async (original, ...args) => {
      if (args[0].availabilityZone === 'zone1') throw new Error('zone1 is full')
      return await original(...args)
    }
    const outcomes = await startMachines(many(4), {
      onProgress: (event) => event.kind === 'zone-failed' && failed.push(event.zone),
    })
    expect(zonesOf(outcomes)).toEqual(['zone2', 'zone2', 'zone2', 'zone2'])
    expect(outcomes.every((outcome) => 'attempts' in outcome && outcome.attempts === 1)).toBe(true)
    expect(new Set(failed)).toEqual(new Set(['zone1']))
  })

  it('are all tried again when all have failed', async () => {
    const tried: unknown[] = []
    start = async (original, ...args) => {
      tried.push(args[0].availabilityZone)
      if (tried.length < 4) throw new Error('full')
      return await original(...args)
    }
    expect(await startMachines([{}])).toMatchObject([{ status: 'started', attempts: 2 }])
    expect([new Set(tried.slice(0, 2)), new Set(tried.slice(2))]).toEqual([
      new Set(['zone1', 'zone2']),
      new Set(['zone1', 'zone2']),
    ])
  })
})

describe('a machine id', () => {
  it('that has an instance gives it', async () => {
    const [made] = await startMachines([{ machineId: '5' }])
    expect(made).toMatchObject({ status: 'started', machineId: '5' })
    const again = await startMachines([{ machineId: '5' }, {}, { machineId: '3' }])
    expect(again).toMatchObject([
      { status: 'existing', machineId: '5', instance: { id: 'memory-2' } },
      { status: 'started', machineId: '6' },
      { status: 'started', machineId: '3' },
    ])
    expect(new Set(machineIds())).toEqual(new Set(['0', '3', '5', '6']))
    expect(cloud.machines()).toHaveLength(4)
  })

  it('is one instance, however many ask for it at once', async () => {
    const [one, other] = await clock.drive(
      Promise.all([
        environs.startMachines('main', environ, [{ machineId: '5' }, { machineId: '5' }]),
        environs.startMachines('main', await environs.openController('main'), [{ machineId: '5' }]),
      ]),
    )
    expect([...statuses(one), ...statuses(other)].toSorted()).toEqual(['existing', 'existing', 'started'])
    expect(machineIds()).toEqual(['0', '5'])
    expect(await records()).toEqual({ 5: { instanceId: 'memory-2' } })
  })

  it('is started by who asks next when the first one fails', async () => {
    leaving(1)
    const first = environs.startMachines('main', environ, [{ machineId: '5' }], { retries: 0 })
    const second = environs.startMachines('main', environ, [{ machineId: '5' }])
    const [one, other] = await clock.drive(Promise.all([first, second]))
    expect([statuses(one), statuses(other)]).toEqual([['failed'], ['started']])
    expect(machineIds()).toEqual(['0', '5'])
    expect(await records()).toEqual({ 5: { instanceId: 'memory-3' } })
  })

  it('is one instance, also when the first one could not be undone', async () => {
    leaving(1)
    const known: unknown[] = []
    const leave = start
    start = async (...args) => {
      known.push(await records())
      return await leave(...args)
    }
    const stopInstances = environ.stopInstances.bind(environ)
    let refusals = 6
    Object.assign(environ, {
      stopInstances: async (...args: Parameters<typeof stopInstances>) => {
        if (refusals-- > 0) throw new UnavailableError('not now')
        await stopInstances(...args)
      },
    })
    const first = environs.startMachines('main', environ, [{ machineId: '5' }], { retries: 0 })
    const second = environs.startMachines('main', environ, [{ machineId: '5' }])
    const [one, other] = await clock.drive(Promise.all([first, second]))
    expect([statuses(one), statuses(other)]).toEqual([['failed'], ['started']])
    expect(machineIds()).toEqual(['0', '5'])
    const starting = { 5: { starting: expect.any(Number) as number, by: expect.any(String) as string } }
    expect(known).toEqual([starting, starting])
  })

  it('is still one instance when one of those who wait is cancelled', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    start = async (original, ...args) => {
      await held
      return await original(...args)
    }
    const first = environs.startMachines('main', environ, [{ machineId: '5' }])
    const cancel = new AbortController()
    const second = environs.startMachines('main', environ, [{ machineId: '5' }], { signal: cancel.signal })
    const third = environs.startMachines('main', environ, [{ machineId: '5' }])
    cancel.abort()
    expect(statuses(await second)).toEqual(['cancelled'])
    release()
    expect([...statuses(await first), ...statuses(await third)]).toEqual(['started', 'existing'])
    expect(machineIds()).toEqual(['0', '5'])
  })
})

describe('an aborted signal', () => {
  it('cancels what does not run yet, and leaves nothing half made', async () => {
    const cancel = new AbortController()
    start = async (original, params, options) => {
      const started = await original(params)
      if (Number(params.instanceConfig.machineId) <= 2) return started
      // Half made; its provider cannot undo it.
      cancel.abort(new Error('enough'))
      options?.signal?.throwIfAborted()
      return started
    }
    const outcomes = await startMachines(many(10), { signal: cancel.signal, concurrency: 1 })
    expect(statuses(outcomes)).toEqual(['started', 'started', ...many(8).map(() => 'cancelled')])
    expect(machineIds()).toEqual(['0', '1', '2'])
    expect(Object.keys(await records())).toEqual(['1', '2'])
    expect(clock.asleep).toBe(0)
  })

  it('does not hide what a provider says that it could not undo', async () => {
    const cancel = new AbortController()
    start = async () => {
      cancel.abort()
      throw new ZoneIndependentError(new EnvironsError('a volume is left'))
    }
    const [outcome] = await startMachines([{}], { signal: cancel.signal })
    expect(outcome).toMatchObject({ status: 'failed', error: { message: 'a volume is left' } })
  })

  it('ends the wait for the next attempt', async () => {
    failing(99)
    const cancel = new AbortController()
    const starting = environs.startMachines('main', environ, [{}], {
      signal: cancel.signal,
      onProgress: ({ kind }) => kind === 'retry' && setImmediate(() => cancel.abort()),
    })
    expect(statuses(await starting)).toEqual(['cancelled'])
    expect(clock.now()).toBe(0)
    expect(await records()).toEqual({})
  })
})
