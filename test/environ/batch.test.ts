import { UnauthorizedError } from 'cloud-environs'
import { batch } from 'cloud-environs/provider'
import { describe, expect, it, vi } from 'vitest'

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

describe('a batch', () => {
  it('gives one result for each item, in order, whichever is done first', async () => {
    const done: number[] = []
    const results = await batch(numbers(3), async (n) => {
      await vi.waitUntil(() => done.length === 2 - n, { interval: 1 })
      done.push(n)
      if (n === 1) throw new Error('one')
      return n * 10
    })
    expect(done).toEqual([2, 1, 0])
    expect(results).toEqual([
      { ok: true, value: 0 },
      { ok: false, error: new Error('one') },
      { ok: true, value: 20 },
    ])
    expect(await batch([], () => expect.unreachable())).toEqual([])
  })

  it('ends when the credential is refused', async () => {
    let begun = 0
    const refused = new UnauthorizedError('no')
    const results = await batch(numbers(1000), async () => {
      begun++
      throw refused
    })
    expect(begun).toBeLessThan(100)
    expect(results).toEqual(numbers(1000).map(() => ({ ok: false, error: refused })))
  })

  it('that is aborted waits for what was begun, and undoes what was done', async () => {
    const abort = new AbortController()
    const reason = new Error('enough')
    const done = new Set<number>()
    const call = batch(
      numbers(1000),
      async (n) => {
        await Promise.resolve()
        if (n === 5) abort.abort(reason)
        done.add(n)
        return n
      },
      { signal: abort.signal, undo: async (n) => done.delete(n) },
    )
    await expect(call).rejects.toBe(reason)
    expect([...done]).toEqual([])
  })
})
