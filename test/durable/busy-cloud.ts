/** An embedded OpenStack that many workers use at once and that fails at random, and what was ever made on it. */

import {
  type EmbeddedOpenStack,
  type EmbeddedOpenStackOptions,
  type FaultAction,
  type ServerHistory,
  startEmbeddedOpenStack,
} from 'cloud-environs/providers/openstack/embedded'

const answer = (status: number, name: string, message: string, headers = {}): FaultAction => ({
  status,
  headers,
  body: { [name]: { code: status, message } },
})

/** What a thousand requests meet. */
const FAULTS: readonly (readonly [perThousand: number, action: FaultAction])[] = [
  [8, 'reset-before'],
  [8, 'reset-after'],
  [5, answer(500, 'computeFault', 'Unexpected API Error.')],
  [4, answer(429, 'overLimit', 'This request was rate-limited.', { 'retry-after': '1' })],
]
/** Builds of which one finds no host, and how often is looked whether it is time for the next. */
const NO_HOST_EVERY = 50
const LOOK_MS = 20

const MANY = 100_000

/** The same numbers for the same seed (mulberry32). */
export function seededNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** What the cloud's own history says of the machines; controllers are not among them. */
export interface Ledger {
  /** Servers that were made, those that were removed again included. */
  readonly made: number
  /** The most that existed of one machine at any one moment. */
  readonly atOnce: number
  /** Names of machines that got a server while they had one whose removal had not even begun. */
  readonly doubles: readonly string[]
  /** The most builds that were under way at any one moment. */
  readonly builds: number
}

/** The most spans that hold one moment; a span ends before another begins in the same millisecond. */
function most(spans: readonly (readonly [from: number, to: number])[]): number {
  const edges = spans.flatMap(([from, to]) => [[from, 1] as const, [Math.max(from, to), -1] as const])
  let [now, peak] = [0, 0]
  for (const [, change] of edges.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    now += change
    peak = Math.max(peak, now)
  }
  return peak
}

/** Accounts for the servers of machines; `juju-…-0` is a controller's. */
function ledgerOf(history: readonly ServerHistory[]): Ledger {
  const servers = history.filter(({ name }) => !name.endsWith('-0'))
  const machines = new Map<string, ServerHistory[]>()
  for (const server of servers) machines.set(server.name, [...(machines.get(server.name) ?? []), server])
  const never = Number.POSITIVE_INFINITY
  return {
    made: servers.length,
    atOnce: Math.max(
      0,
      ...[...machines.values()].map((each) =>
        most(each.map(({ created, deleted = never }) => [created, deleted])),
      ),
    ),
    doubles: [...machines].flatMap(([name, each]) =>
      each.some(({ created }, index) =>
        each.slice(0, index).some(({ deleting = never }) => deleting > created),
      )
        ? [name]
        : [],
    ),
    builds: most(
      servers.map(({ created, built = never, deleting = never }) => [created, Math.min(built, deleting)]),
    ),
  }
}

/** A cloud with room for thousands. */
export class BusyCloud implements AsyncDisposable {
  readonly openStack: EmbeddedOpenStack
  #failing: NodeJS.Timeout | undefined

  private constructor(openStack: EmbeddedOpenStack) {
    this.openStack = openStack
  }

  static async start(options: EmbeddedOpenStackOptions = {}): Promise<BusyCloud> {
    const quotas = {
      instances: MANY,
      cores: MANY,
      ports: MANY,
      floatingIps: MANY,
      securityGroups: MANY,
      securityGroupRules: MANY,
      ...options.quotas,
    }
    return new BusyCloud(
      await startEmbeddedOpenStack({
        buildMillis: 300,
        deleteMillis: 50,
        guests: 'none',
        ...options,
        quotas,
      }),
    )
  }

  /** Has this many of the next requests fail as {@link FAULTS} says, and builds find no host, until {@link mend}. */
  fail(requests: number, seed: number): void {
    const number = seededNumbers(seed)
    for (const [perThousand, action] of FAULTS)
      for (let n = 0; n < (requests * perThousand) / 1_000; n++)
        this.openStack.faults.add({ skip: Math.floor(number() * requests), action })
    let next = this.openStack.history().length + NO_HOST_EVERY
    this.#failing = setInterval(() => {
      if (this.openStack.history().length < next) return
      next += NO_HOST_EVERY
      this.openStack.failNextBuild('No valid host was found. There are not enough hosts available.')
    }, LOOK_MS)
  }

  mend(): void {
    clearInterval(this.#failing)
    this.openStack.faults.clear()
  }

  ledger(): Ledger {
    return ledgerOf(this.openStack.history())
  }

  /** Names and ids of the servers of machines that are there now. */
  servers(): readonly { readonly id: string; readonly name: string; readonly status: string }[] {
    return Object.values(this.openStack.inventory())
      .flatMap(({ servers }) => servers)
      .filter(({ name }) => !name.endsWith('-0'))
  }

  /** How many of each kind are there now. */
  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const project of Object.values(this.openStack.inventory()))
      for (const [kind, all] of Object.entries(project))
        if (all.length > 0) counts[kind] = (counts[kind] ?? 0) + all.length
    return counts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.mend()
    await this.openStack.close()
  }
}
