import { TimeoutError } from 'cloud-environs'
import { deadline } from 'cloud-environs/provider'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/runtime/host/clock.ts'
import { ManualClock } from './manual-clock.ts'

const aborted = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true })
  })

describe('a deadline', () => {
  it('aborts with a TimeoutError when its time has passed, not before', async () => {
    const clock = new ManualClock()
    using limit = deadline(clock, 1000, 'too slow')
    const reason = aborted(limit.signal)
    clock.advance(999)
    await Promise.resolve()
    expect(limit.signal.aborted).toBe(false)
    clock.advance(1)
    expect(await reason).toBeInstanceOf(TimeoutError)
    expect(limit.signal.reason).toMatchObject({ message: 'too slow', code: 'TIMEOUT' })
  })

  it('aborts with the reason of the signal around it when that is first', async () => {
    const outer = new AbortController()
    using limit = deadline(new ManualClock(), 1000, 'too slow', outer.signal)
    const reason = new Error('interrupted')
    outer.abort(reason)
    expect(limit.signal.reason).toBe(reason)
  })

  it('is aborted from the start when the signal around it is', () => {
    const reason = new Error('interrupted')
    using limit = deadline(new ManualClock(), 1000, 'too slow', AbortSignal.abort(reason))
    expect(limit.signal.reason).toBe(reason)
  })

  it('releases its timer when it is disposed of, and never fires then', async () => {
    const clock = new ManualClock()
    const limit = deadline(clock, 1000, 'too slow')
    expect(clock.asleep).toBe(1)
    limit[Symbol.dispose]()
    expect(clock.asleep).toBe(0)
    clock.advance(5000)
    await new Promise((resolve) => setImmediate(resolve))
    expect(limit.signal.aborted).toBe(false)
  })
})

describe('the clock of the machine', () => {
  it('tells the time and sleeps', async () => {
    const before = systemClock.now()
    await systemClock.sleep(5)
    expect(systemClock.now() - before).toBeGreaterThanOrEqual(4)
  })

  it("wakes with the signal's own reason", async () => {
    const stop = new AbortController()
    const reason = new Error('interrupted')
    const sleeping = systemClock.sleep(60_000, { signal: stop.signal })
    stop.abort(reason)
    await expect(sleeping).rejects.toBe(reason)
    await expect(systemClock.sleep(60_000, { signal: stop.signal })).rejects.toBe(reason)
  })
})
