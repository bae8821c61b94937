/** Many machines on a cloud that fails at random: every machine is one server, and nothing else is left. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultyCloud } from '../bench/faulty-cloud.ts'

const MACHINES = 100
const SEED = 20_260_101

let faulty: FaultyCloud
beforeEach(async () => {
  faulty = await FaultyCloud.start(SEED)
})
afterEach(() => faulty[Symbol.asyncDispose]())

describe('many machines on a cloud that fails at random', () => {
  it('are all started, once each, and leave nothing that nobody owns', async () => {
    const outcomes = await faulty.startMachines(
      Array.from({ length: MACHINES }, () => ({})),
      { retryDelay: 2_000 },
    )
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 'started'))
    expect(outcomes.some((outcome) => outcome.status === 'started' && outcome.attempts > 1)).toBe(true)
    const names = faulty.serverNames()
    expect(names).toHaveLength(MACHINES)
    expect(new Set(names).size).toBe(MACHINES)
    expect(await faulty.orphans()).toEqual([])
    expect(await faulty.collect()).toHaveLength(MACHINES)
    expect(await faulty.destroy()).toEqual([])
  })

  it('leave nothing half made when they are cancelled', async () => {
    const cancel = new AbortController()
    let done = 0
    const outcomes = await faulty.startMachines(
      Array.from({ length: MACHINES }, () => ({})),
      {
        signal: cancel.signal,
        onProgress: ({ kind }) => {
          if (kind === 'done' && ++done === 10) cancel.abort(new Error('enough'))
        },
      },
    )
    const started = outcomes.filter(({ status }) => status === 'started')
    expect(started.length).toBeLessThan(MACHINES / 2)
    expect(outcomes.filter(({ status }) => status === 'cancelled').length).toBeGreaterThan(MACHINES / 2)
    expect(faulty.serverNames()).toHaveLength(started.length)
    expect(await faulty.orphans()).toEqual([])
    expect(await faulty.collect()).toHaveLength(started.length)
    expect(await faulty.destroy()).toEqual([])
  })
})
