import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fairPlaces, rank } from '../../src/provisioner/fair-order.ts'

interface Waiter {
  readonly model: string
  readonly place: number
}

/** What waits for a cloud. */
class Line {
  readonly waiting: Waiter[] = []

  join(model: string, count: number): void {
    const first = this.#next()?.place
    const own = this.waiting.filter((waiter) => waiter.model === model).map(({ place }) => place)
    const lastOfModel = own.length > 0 ? Math.max(...own) : undefined
    for (const place of fairPlaces({ first, lastOfModel }, count)) this.waiting.push({ model, place })
  }

  /** Takes some, smallest first; those that came first of equals. */
  take(count: number): readonly string[] {
    return Array.from({ length: count }, () => {
      const next = this.#next()
      if (next) this.waiting.splice(this.waiting.indexOf(next), 1)
      return next?.model ?? ''
    })
  }

  #next(): Waiter | undefined {
    return this.waiting.toSorted((a, b) => a.place - b.place)[0]
  }
}

describe('a cloud that several models wait for', () => {
  it('is shared by turns, whoever came first and with however many', () => {
    const line = new Line()
    line.join('large', 1_000)
    line.take(300)
    line.join('small', 5)
    expect(line.take(10).filter((model) => model === 'small')).toHaveLength(5)
  })

  it('gives a model that comes again no place before its own', () => {
    const line = new Line()
    line.join('one', 10)
    line.join('two', 10)
    line.join('one', 10)
    expect(line.take(20).filter((model) => model === 'two')).toHaveLength(10)
  })

  it('lets nobody wait for more than one task of each other model for each of its own', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 0, max: 60 }),
        (others, mine, before) => {
          const line = new Line()
          for (const [index, count] of others.entries()) line.join(`other ${index}`, count)
          line.take(before)
          line.join('mine', mine)
          const taken = line.take(mine * (others.length + 1))
          expect(taken.filter((model) => model === 'mine')).toHaveLength(mine)
        },
      ),
    )
  })

  it('goes to the smaller priority first, however long the line is', () => {
    const last = 2 ** 40
    expect(rank(3, last)).toBeLessThan(rank(4, 0))
    expect(rank(9, last)).toBeLessThan(2 ** 31)
    expect(rank(5, 7)).toBeLessThan(rank(5, 8))
  })
})
