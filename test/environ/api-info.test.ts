import {
  ADDRESSES_REFRESH_ATTEMPT,
  apiInfo as globalApiInfo,
  findError,
  NoInstancesError,
  NotFoundError,
  PartialInstancesError,
  UnavailableError,
} from 'cloud-environs'
import { hostPort, waitForAddresses } from 'cloud-environs/provider'
import { describe, expect, it, test } from 'vitest'
import { apiInfo } from '../../src/environ/api-info.ts'
import { fakeEnviron, fakeInstance, ipv4 } from './fakes.ts'
import { ManualClock } from './manual-clock.ts'

test.each([
  [{ value: '10.0.0.7', type: 'ipv4' }, '10.0.0.7:17070'],
  [{ value: 'fd00::7', type: 'ipv6' }, '[fd00::7]:17070'],
  [{ value: 'api.example.com', type: 'hostname' }, 'api.example.com:17070'],
] as const)('%j is written %s', (address, text) => {
  expect(hostPort(address, 17_070)).toBe(text)
})

describe('waiting for addresses', () => {
  it('gives what there is at once when there is something', async () => {
    const clock = new ManualClock()
    const environ = fakeEnviron({
      instances: async () => [
        fakeInstance('a', async () => [ipv4('10.0.0.1'), ipv4('10.0.0.2')]),
        fakeInstance('b'),
      ],
    })
    const addresses = await waitForAddresses(environ, ['a', 'b'], clock)
    expect(addresses.map(({ value }) => value)).toEqual(['10.0.0.1', '10.0.0.2'])
    expect(clock.now()).toBe(0)
  })

  it('asks again each second until there are some, also of instances that are not there yet', async () => {
    const clock = new ManualClock()
    const asked: unknown[] = []
    const environ = fakeEnviron({
      instances: async (ids: readonly string[]) => {
        asked.push(ids)
        const addresses = clock.now() < 5000 ? [] : [ipv4('10.0.0.9')]
        throw new PartialInstancesError([undefined, fakeInstance('b', async () => addresses)])
      },
    })
    const [address] = await clock.drive(waitForAddresses(environ, ['a', 'b'], clock))
    expect(address).toEqual(ipv4('10.0.0.9'))
    expect(asked).toEqual(Array<unknown>(6).fill(['a', 'b']))
    expect(clock.now()).toBe(5000)
  })

  it('gives up after three minutes, naming the instances', async () => {
    const clock = new ManualClock()
    const environ = fakeEnviron({ instances: async () => [fakeInstance('a'), fakeInstance('b')] })
    const waiting = clock.drive(waitForAddresses(environ, ['a', 'b'], clock))
    await expect(waiting).rejects.toBeInstanceOf(NotFoundError)
    await expect(waiting).rejects.toThrow('no addresses for instances a, b after 180 s')
    expect(clock.now()).toBe(ADDRESSES_REFRESH_ATTEMPT.total)
  })

  it('takes other times', async () => {
    const clock = new ManualClock()
    const environ = fakeEnviron({ instances: async () => [fakeInstance('a')] })
    const waiting = clock.drive(waitForAddresses(environ, ['a'], clock, { total: 10_000, delay: 3000 }))
    await expect(waiting).rejects.toThrow('after 10 s')
    expect(clock.now()).toBe(9000)
  })

  it('ends at once when no instance is left, or when the cloud fails', async () => {
    const clock = new ManualClock()
    for (const error of [new NoInstancesError(), new UnavailableError('down')]) {
      const environ = fakeEnviron({ instances: () => Promise.reject(error) })
      await expect(waitForAddresses(environ, ['a'], clock)).rejects.toBe(error)
    }
  })

  it('skips an instance whose addresses cannot be read', async () => {
    const down = new UnavailableError('down')
    const broken = fakeInstance('a', () => Promise.reject(down))
    const good = fakeInstance('b', async () => [ipv4('10.0.0.2')])
    const one = fakeEnviron({ instances: async () => [broken, good] })
    expect(await waitForAddresses(one, ['a', 'b'], new ManualClock())).toEqual([ipv4('10.0.0.2')])
  })

  it('asks again when none can be read, and tells why in the end', async () => {
    const down = new UnavailableError('down')
    const clock = new ManualClock()
    const late = fakeInstance('a', async () => {
      if (clock.now() < 3000) throw down
      return [ipv4('10.0.0.1')]
    })
    const passing = fakeEnviron({ instances: async () => [late] })
    expect(await clock.drive(waitForAddresses(passing, ['a'], clock))).toEqual([ipv4('10.0.0.1')])
    const all = fakeEnviron({ instances: async () => [fakeInstance('a', () => Promise.reject(down))] })
    const error: unknown = await clock.drive(waitForAddresses(all, ['a'], clock)).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(NotFoundError)
    expect(findError(error, UnavailableError)).toBe(down)
  })

  it('tells the failure of the instances when all have failed, and waits for those that have not', async () => {
    const failed = {
      ...fakeInstance('a'),
      status: { state: 'provisioning-error' as const, message: 'no host' },
    }
    const none = fakeEnviron({ instances: async () => [failed] })
    await expect(waitForAddresses(none, ['a'], new ManualClock())).rejects.toThrow(
      'instance a failed: no host',
    )
    const one = fakeEnviron({
      instances: async () => [failed, fakeInstance('b', async () => [ipv4('10.0.0.2')])],
    })
    expect(await waitForAddresses(one, ['a', 'b'], new ManualClock())).toEqual([ipv4('10.0.0.2')])
  })

  it("ends with the signal's reason, leaving no sleeper", async () => {
    const clock = new ManualClock()
    const stop = new AbortController()
    const environ = fakeEnviron({ instances: async () => [fakeInstance('a')] })
    const waiting = waitForAddresses(environ, ['a'], clock, { signal: stop.signal })
    await expect.poll(() => clock.asleep).toBe(1)
    const reason = new Error('enough')
    stop.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    expect(clock.asleep).toBe(0)
  })
})

describe('where the API of a controller is', () => {
  const environ = fakeEnviron({
    controllerInstances: async (uuid: string) => [`${uuid}-0`, `${uuid}-1`],
    instances: async (ids: readonly string[]) =>
      ids.map((id, index) =>
        fakeInstance(id, async () =>
          index === 0
            ? [ipv4('10.0.0.1')]
            : [{ value: 'fd00::2', type: 'ipv6' as const, scope: 'public' as const }],
        ),
      ),
  })
  const info = {
    addresses: ['10.0.0.1:17070', '[fd00::2]:17070'],
    caCert: 'PEM',
    modelUuid: 'model',
    controllerUuid: 'controller',
  }

  it('has the addresses of all of its instances, IPv6 in brackets', async () => {
    const clock = new ManualClock()
    expect(await apiInfo('controller', 'model', 'PEM', 17_070, environ, { clock })).toEqual(info)
  })

  it('is told by the global function too', async () => {
    expect(await globalApiInfo('controller', 'model', 'PEM', 17_070, environ)).toEqual(info)
  })

  it('has addresses of every scope: which of them lead there is for those who connect', async () => {
    const scopes = ['public', 'local-cloud', 'local-machine', 'unknown'] as const
    const addresses = scopes.map((scope, n) => ({ ...ipv4(`10.0.0.${n}`), scope }))
    const local = fakeEnviron({
      controllerInstances: async () => ['a'],
      instances: async () => [fakeInstance('a', async () => addresses as never)],
    })
    const told = await globalApiInfo('controller', 'model', 'PEM', 17_070, local)
    expect(told.addresses).toEqual(scopes.map((_, n) => `10.0.0.${n}:17070`))
  })

  it('is nowhere when the controller has no instance', async () => {
    const none = new NoInstancesError()
    const empty = fakeEnviron({ controllerInstances: () => Promise.reject(none) })
    await expect(globalApiInfo('controller', 'model', 'PEM', 17_070, empty)).rejects.toBe(none)
  })
})
