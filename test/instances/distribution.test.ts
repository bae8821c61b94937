import {
  type AvailabilityZone,
  distributeInstances,
  type Environ,
  type InstanceState,
  NotSupportedError,
  UnavailableError,
  type ZonedEnviron,
  zoneAllocations,
} from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { fakeEnviron, fakeInstance } from '../environ/fakes.ts'

const zones = (...names: string[]): AvailabilityZone[] => names.map((name) => ({ name, available: true }))

/** An environ with these instances: where each is, and in which state. */
function zoned(
  where: Readonly<Record<string, string | undefined>>,
  all: readonly AvailabilityZone[] = zones('az1', 'az2', 'az3'),
  states: Readonly<Record<string, InstanceState>> = {},
): Environ & ZonedEnviron {
  const instances = Object.entries(where).map(([id, availabilityZone]) => ({
    ...fakeInstance(id),
    status: { state: states[id] ?? 'running', message: '' },
    ...(availabilityZone === undefined ? {} : { availabilityZone }),
  }))
  return fakeEnviron({
    availabilityZones: async () => all,
    deriveAvailabilityZones: async () => [],
    allInstances: async () => instances,
  }) as Environ & ZonedEnviron
}

const FIVE = { a: 'az1', b: 'az1', c: 'az2', d: 'az3', e: 'az3' }

describe('the instances of a group in zones', () => {
  it('are all of the model when the group is empty, the emptiest zone first, then by name', async () => {
    expect(await zoneAllocations(zoned(FIVE))).toEqual([
      { zone: 'az2', instances: ['c'] },
      { zone: 'az1', instances: ['a', 'b'] },
      { zone: 'az3', instances: ['d', 'e'] },
    ])
    expect((await zoneAllocations(zoned({}))).map(({ zone }) => zone)).toEqual(['az1', 'az2', 'az3'])
  })

  it('are those of the group, as far as they are still there', async () => {
    expect(await zoneAllocations(zoned(FIVE), ['a', 'd', 'gone'])).toEqual([
      { zone: 'az2', instances: [] },
      { zone: 'az1', instances: ['a'] },
      { zone: 'az3', instances: ['d'] },
    ])
    expect(await zoneAllocations(zoned(FIVE), ['gone'])).toEqual(
      ['az1', 'az2', 'az3'].map((zone) => ({ zone, instances: [] })),
    )
  })

  it('are in zones that can be used, and run or will', async () => {
    const some = [...zones('az1', 'az2'), { name: 'az3', available: false }]
    const states = { a: 'provisioning-error', b: 'allocating' } as const
    expect(await zoneAllocations(zoned({ ...FIVE, nowhere: undefined }, some, states))).toEqual([
      { zone: 'az1', instances: ['b'] },
      { zone: 'az2', instances: ['c'] },
    ])
    expect(await zoneAllocations(zoned(FIVE, []))).toEqual([])
  })

  it('pass on a failure', async () => {
    const failing = {
      ...zoned(FIVE),
      allInstances: () => Promise.reject(new UnavailableError('down')),
    }
    await expect(zoneAllocations(failing)).rejects.toThrow('down')
    await expect(distributeInstances(failing, ['a'], [])).rejects.toThrow('down')
  })
})

describe('the candidates to put something on', () => {
  it('are those in the emptiest zones, in their order', async () => {
    const environ = zoned(FIVE)
    expect(await distributeInstances(environ, ['e', 'c', 'a'], ['a'])).toEqual(['e', 'c'])
    expect(await distributeInstances(environ, ['e', 'c', 'a'], ['a', 'c'])).toEqual(['e'])
    expect(await distributeInstances(environ, ['e', 'c', 'a'], ['a', 'c', 'd'])).toEqual(['e', 'c', 'a'])
    expect(await distributeInstances(environ, ['e', 'c', 'a'], [])).toEqual(['c'])
    expect(await distributeInstances(environ, ['a', 'b'], ['a', 'b'])).toEqual([])
  })

  it('are never instances that are not there, nor any that merely sort near one that is', async () => {
    const environ = zoned({ 'i-10': 'az1', 'i-30': 'az1' }, zones('az1'))
    expect(await distributeInstances(environ, ['i-20', 'i-10', 'i-99', ''], [])).toEqual(['i-10'])
    expect(await distributeInstances(zoned({ 'i-10': undefined }), ['i-10'], [])).toEqual([])
    expect(await distributeInstances(zoned(FIVE, []), ['a'], [])).toEqual([])
    expect(await distributeInstances(environ, [], [])).toEqual([])
  })

  it('are all of them on a cloud without zones', async () => {
    const without = {
      ...zoned(FIVE),
      availabilityZones: () => Promise.reject(new NotSupportedError('no zones')),
    }
    expect(await distributeInstances(without, ['a', 'gone'], [])).toEqual(['a', 'gone'])
  })
})
