/** Processes that make the same security group at the same moment, in every order that a seeded scheduler comes upon. */

import { describe, expect, it } from 'vitest'
import type { SecurityGroup } from '../../../providers/openstack/api/index.ts'
import { agreeOnGroup, type GroupsOfName } from '../../../providers/openstack/shared-group.ts'

const PROPOSAL = 'proposal'

/** Numbers in [0, 1) that a seed determines (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A cloud whose requests act, and are answered, in an order of its own. */
class Cloud {
  groups: SecurityGroup[] = []
  now = 0
  /** Milliseconds that a sleep takes. */
  step = 1
  readonly #random: () => number
  readonly #waiting: (() => void)[] = []

  constructor(seed: number) {
    this.#random = numbers(seed)
  }

  readonly clock = {
    now: () => this.now,
    sleep: async () => {
      this.now += this.step
      await this.#turn()
    },
  }

  /** What a process sees of it; with `dies`, it is never heard of again once it has proposed. */
  process({ dies = false } = {}): GroupsOfName {
    const request = async <T>(act: () => T): Promise<T> => {
      await this.#turn()
      const answer = act()
      await this.#turn()
      return answer
    }
    return {
      list: () => request(() => [...this.groups]),
      propose: () =>
        request(() => {
          const group = this.group(String(this.#random()), PROPOSAL)
          this.groups.push(group)
          return dies ? new Promise<never>(() => undefined) : group
        }).then((group) => group),
      isProposal: ({ description }) => description === PROPOSAL,
      settle: ({ id }) =>
        request(() => {
          this.groups = this.groups.map((group) => (group.id === id ? this.group(id, 'settled') : group))
        }),
      remove: ({ id }) =>
        request(() => {
          this.groups = this.groups.filter((group) => group.id !== id)
        }),
    }
  }

  /** Lets the requests go on one by one until all is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    let done = false
    const end = work.finally(() => (done = true))
    end.catch(() => undefined)
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve))
      const at = Math.floor(this.#random() * this.#waiting.length)
      this.#waiting.splice(at, 1)[0]?.()
    }
    return await end
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  group(id: string, description: string): SecurityGroup {
    return { id, name: 'g', description, stateful: true, rules: [], tags: [] }
  }
}

describe('processes that make a group at the same moment', () => {
  it('end with one, and all with the same, whatever the order of their requests', async () => {
    for (let seed = 0; seed < 400; seed++) {
      const cloud = new Cloud(seed)
      const processes = Array.from({ length: 2 + (seed % 3) }, () => cloud.process())
      const chosen = await cloud.run(Promise.all(processes.map((each) => agreeOnGroup(each, cloud.clock))))
      const left = cloud.groups.map(({ id }) => id)
      expect(left, `seed ${seed}`).toHaveLength(1)
      expect(new Set(chosen.map(({ id }) => id)), `seed ${seed}`).toEqual(new Set(left))
    }
  })

  it('go on with the one of a process that is gone, once it had the time to settle it', async () => {
    const cloud = new Cloud(1)
    void agreeOnGroup(cloud.process({ dies: true }), cloud.clock)
    await cloud.run(new Promise<void>((resolve) => setTimeout(resolve, 20)))
    expect(cloud.groups).toHaveLength(1)
    cloud.step = 1_000
    const chosen = await cloud.run(agreeOnGroup(cloud.process(), cloud.clock))
    expect(cloud.now).toBeGreaterThan(5_000)
    expect(cloud.groups).toEqual([chosen])
    expect(chosen.description).toBe('settled')
  })

  it('remove what a process that is gone proposed beside the one that stays, so that the next need not wait', async () => {
    const cloud = new Cloud(2)
    cloud.step = 1_000
    cloud.groups = ['a', 'b'].map((id) => cloud.group(id, id === 'a' ? PROPOSAL : 'settled'))
    const { id } = await cloud.run(agreeOnGroup(cloud.process(), cloud.clock))
    expect(id).toBe('b')
    expect(cloud.groups.map((group) => group.id)).toEqual(['b'])
    const before = cloud.now
    await cloud.run(agreeOnGroup(cloud.process(), cloud.clock))
    expect(cloud.now).toBe(before)
  })

  it('propose once, though it is listed a little later', async () => {
    const cloud = new Cloud(3)
    cloud.step = 500
    const process = cloud.process()
    let proposals = 0
    const late: GroupsOfName = {
      ...process,
      list: async () => (cloud.now < 1_000 ? [] : await process.list()),
      propose: async () => {
        proposals++
        return await process.propose()
      },
    }
    const chosen = await cloud.run(agreeOnGroup(late, cloud.clock))
    expect(proposals).toBe(1)
    expect(cloud.groups).toEqual([chosen])
  })

  it('propose one even when the list was long in coming', async () => {
    const cloud = new Cloud(4)
    const process = cloud.process()
    const slow: GroupsOfName = {
      ...process,
      list: async () => {
        cloud.now += 60_000
        return await process.list()
      },
    }
    const chosen = await cloud.run(agreeOnGroup(slow, cloud.clock))
    expect(cloud.groups).toEqual([chosen])
  })
})
