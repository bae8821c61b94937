import {
  type AvailabilityZone,
  type CallOptions,
  EnvironsError,
  findError,
  NotFoundError,
  NotSupportedError,
  QuotaExceededError,
  type StartInstanceParams,
  type StartInstanceResult,
  UnavailableError,
  ZoneIndependentError,
} from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { startInZones } from '../../src/instances/zones.ts'
import { fakeEnviron } from '../environ/fakes.ts'

const STARTED = { hardware: { arch: 'amd64' } } as StartInstanceResult

const params = (over: Partial<StartInstanceParams> = {}): StartInstanceParams =>
  ({ controllerUuid: 'c', constraints: {}, ...over }) as StartInstanceParams

const available = (...names: string[]): AvailabilityZone[] => names.map((name) => ({ name, available: true }))

interface Behaviour {
  readonly zones?: readonly AvailabilityZone[]
  readonly derived?: readonly string[]
  /** What starting in that zone throws; nothing: it succeeds. */
  readonly failure?: (zone: string | undefined) => unknown
}

/** An environ with zones, and the zones it was asked to start in. */
function zoned({ zones = available('a', 'b', 'c'), derived = [], failure = () => undefined }: Behaviour) {
  const tried: (string | undefined)[] = []
  const environ = fakeEnviron({
    availabilityZones: async () => zones,
    deriveAvailabilityZones: async () => derived,
    startInstance: async ({ availabilityZone }: StartInstanceParams) => {
      tried.push(availabilityZone)
      const error = failure(availabilityZone)
      if (error !== undefined) throw error
      return STARTED
    },
  })
  return { environ, tried }
}

describe('starting an instance in zones', () => {
  it('takes the first zone that is available', async () => {
    const { environ, tried } = zoned({ zones: [{ name: 'z', available: false }, ...available('a', 'b')] })
    expect(await startInZones(environ, params())).toBe(STARTED)
    expect(tried).toEqual(['a'])
  })

  it('goes to the next one when a zone fails, and tells so', async () => {
    const full = new UnavailableError('no valid host')
    const { environ, tried } = zoned({ failure: (zone) => (zone === 'c' ? undefined : full) })
    const failed: unknown[] = []
    const onZoneFailed = (...args: unknown[]) => failed.push(args)
    expect(await startInZones(environ, params(), { onZoneFailed })).toBe(STARTED)
    expect(tried).toEqual(['a', 'b', 'c'])
    expect(failed).toEqual([
      ['a', full],
      ['b', full],
    ])
  })

  it('stops at once when another zone would not help, with the real error', async () => {
    const quota = new QuotaExceededError('no cores left')
    const { environ, tried } = zoned({
      failure: () => new Error('wrapped', { cause: new ZoneIndependentError(quota) }),
    })
    await expect(startInZones(environ, params())).rejects.toBe(quota)
    expect(tried).toEqual(['a'])
  })

  it('names every zone and its error when all fail', async () => {
    const failure = (zone?: string) =>
      zone === 'b' ? new NotFoundError('no such flavor') : new UnavailableError(`${zone} is full`)
    const { environ, tried } = zoned({ failure })
    const error: unknown = await startInZones(environ, params()).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(EnvironsError)
    expect((error as Error).message).toBe(
      'cannot start an instance in any availability zone: a: a is full; b: no such flavor; c: c is full',
    )
    expect(findError(error, NotFoundError)?.message).toBe('no such flavor')
    expect(findError(error, UnavailableError)?.message).toBe('a is full')
    expect(tried).toEqual(['a', 'b', 'c'])
  })

  it('wants the same of each zone, the root disk too, and gives what was made', async () => {
    const seen: StartInstanceParams[] = []
    const constraints = { rootDisk: 40_960, zones: ['a', 'b'] }
    const made = { hardware: { arch: 'amd64', rootDisk: 40_960 } } as StartInstanceResult
    const environ = fakeEnviron({
      availabilityZones: async () => available('a', 'b'),
      deriveAvailabilityZones: async () => [],
      startInstance: async (given: StartInstanceParams) => {
        seen.push(given)
        if (given.availabilityZone === 'a') throw new UnavailableError('full')
        return made
      },
    })
    expect(await startInZones(environ, params({ constraints, placement: 'any' }))).toBe(made)
    expect(seen).toEqual(
      ['a', 'b'].map((availabilityZone) => ({
        ...params({ constraints, placement: 'any' }),
        availabilityZone,
      })),
    )
  })

  it('gives the error itself when only one zone was to be tried', async () => {
    const full = new UnavailableError('no valid host')
    const { environ } = zoned({ zones: available('a'), failure: () => full })
    await expect(startInZones(environ, params())).rejects.toBe(full)
  })

  it('uses the zones that placement or volumes demand', async () => {
    const { environ, tried } = zoned({ derived: ['b'] })
    await startInZones(environ, params())
    expect(tried).toEqual(['b'])
  })

  it('uses only zones of the constraint, in the order of the cloud', async () => {
    const failure = (zone?: string) => (zone === 'a' ? new Error('full') : undefined)
    const { environ, tried } = zoned({ failure })
    await startInZones(environ, params({ constraints: { zones: ['c', 'a', 'nowhere'] } }))
    expect(tried).toEqual(['a', 'c'])
  })

  it('says so when no zone is left', async () => {
    const starting = (behaviour: Behaviour, zones?: string[]) =>
      startInZones(zoned(behaviour).environ, params({ constraints: zones ? { zones } : {} }))
    await expect(starting({}, ['x', 'y'])).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'no availability zone matches the constraint zones=x,y',
      hint: 'the zones are: a, b, c',
    })
    await expect(starting({ derived: ['a'] }, ['b'])).rejects.toMatchObject({ hint: 'the zones are: a' })
    await expect(starting({ zones: [{ name: 'a', available: false }] })).rejects.toThrow(
      'no usable availability zones',
    )
  })

  it('leaves the choice to a cloud without zones', async () => {
    const seen: StartInstanceParams[] = []
    const startInstance = async (given: StartInstanceParams) => (seen.push(given), STARTED)
    const unsupported = () => Promise.reject(new NotSupportedError('no zones'))
    for (const environ of [
      fakeEnviron({ startInstance }),
      fakeEnviron({ startInstance, availabilityZones: unsupported, deriveAvailabilityZones: async () => [] }),
    ]) {
      await startInZones(environ, params({ constraints: { zones: ['a'] } }))
    }
    expect(seen).toHaveLength(2)
    for (const given of seen) expect(given).not.toHaveProperty('availabilityZone')
  })

  it('passes on a failure to list the zones', async () => {
    const down = new UnavailableError('down')
    const failing = fakeEnviron({
      availabilityZones: () => Promise.reject(down),
      deriveAvailabilityZones: async () => [],
    })
    await expect(startInZones(failing, params())).rejects.toBe(down)
  })

  it.each([
    ["with the signal's reason", (reason: Error) => reason],
    ['with what could not be undone', () => new UnavailableError('and a server remains')],
  ])('stops when it is cancelled, %s', async (_what, failure) => {
    const stop = new AbortController()
    const error = failure(new Error('interrupted'))
    const { environ, tried } = zoned({
      failure: () => {
        stop.abort(error)
        return error
      },
    })
    await expect(startInZones(environ, params(), { signal: stop.signal })).rejects.toBe(error)
    expect(tried).toEqual(['a'])
  })

  it('hands the signal on', async () => {
    const { signal } = new AbortController()
    const seen: unknown[] = []
    const environ = fakeEnviron({
      startInstance: async (_: unknown, options?: CallOptions) => (seen.push(options?.signal), STARTED),
    })
    await startInZones(environ, params(), { signal })
    expect(seen).toEqual([signal])
  })
})
