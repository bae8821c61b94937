import { describe, expect, it } from 'vitest'
import { Coalescer } from '../../../../../providers/openstack/api/service/coalescer.ts'

/** A request that ends when it is told to. */
function request() {
  let count = 0
  let finish: (value: string) => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  let signal: AbortSignal | undefined
  return {
    send: (given: AbortSignal): Promise<string> => {
      count++
      signal = given
      return new Promise((resolve, reject) => {
        finish = resolve
        fail = reject
      })
    },
    finish: (value: string) => finish(value),
    fail: (error: Error) => fail(error),
    sent: () => count,
    aborted: () => signal?.aborted,
  }
}

describe('concurrent callers', () => {
  it('share one request for the same thing, and later ones send their own', async () => {
    const coalescer = new Coalescer()
    const flavors = request()
    const both = Promise.all([
      coalescer.share('flavors', undefined, flavors.send),
      coalescer.share('flavors', undefined, flavors.send),
    ])
    const other = coalescer.share('images', undefined, async () => 'images')
    flavors.finish('flavors')
    expect(await both).toEqual(['flavors', 'flavors'])
    expect(await other).toBe('images')
    expect(flavors.sent()).toBe(1)

    const later = coalescer.share('flavors', undefined, flavors.send)
    flavors.finish('newer')
    expect(await later).toBe('newer')
    expect(flavors.sent()).toBe(2)
  })

  it('all hear of a failure, and the next one tries again', async () => {
    const coalescer = new Coalescer()
    const zones = request()
    const both = [
      coalescer.share('zones', undefined, zones.send),
      coalescer.share('zones', undefined, zones.send),
    ]
    const error = new Error('no')
    zones.fail(error)
    for (const each of both) await expect(each).rejects.toBe(error)
    const again = coalescer.share('zones', undefined, zones.send)
    zones.finish('yes')
    expect(await again).toBe('yes')
  })

  it('leave alone: the request goes on for the others, and is aborted when the last one has left', async () => {
    const coalescer = new Coalescer()
    const images = request()
    const [one, two] = [new AbortController(), new AbortController()]
    const first = coalescer.share('images', one.signal, images.send)
    const second = coalescer.share('images', two.signal, images.send)
    const reason = new Error('enough')
    one.abort(reason)
    await expect(first).rejects.toBe(reason)
    expect(images.aborted()).toBe(false)
    two.abort(reason)
    await expect(second).rejects.toBe(reason)
    expect(images.aborted()).toBe(true)
    await expect(coalescer.share('images', one.signal, images.send)).rejects.toBe(reason)
    expect(images.sent()).toBe(1)
  })
})
