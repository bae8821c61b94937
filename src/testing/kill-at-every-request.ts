/** A process that is killed at every request of what it does, one at a time. */

import type { ChildProcess } from 'node:child_process'
import type { FaultFailure, FaultReport } from './fault-report.ts'
import type { FaultWorld } from './inject-faults.ts'
import { DIES_AT } from './mortal-dispatcher.ts'
import { shown } from './secrets.ts'
import { leftIn } from './settled.ts'
import { within } from './within.ts'

/** A cloud of its own for one process. */
export interface KillWorld extends Omit<FaultWorld, 'steps'> {
  /**
   * Starts the process, with these variables besides its own. It sends all its requests by `mortalDispatcher()`, and ends
   * with exit code 0 when it is done.
   */
  start(variables: Readonly<Record<string, string>>): ChildProcess
  /** What whoever finds the killed process does, such as the same again. */
  again?(): Promise<unknown>
}

/** Something that a process does with a cloud. */
export interface KillFlow {
  readonly name: string
  world(): Promise<KillWorld>
}

/** How a process is killed. */
export interface KillOptions {
  /** Before the request is sent, or when the cloud has answered it. Default: both. */
  readonly kinds?: readonly ('before' | 'after')[]
  /** Worlds at the same time. Default 2. */
  readonly atOnce?: number
  /** Milliseconds that one process may take, what is done again, and the clean-up. Default 60,000. */
  readonly timeout?: number
  /** Milliseconds that the cloud has to remove what was asked to be. Default 10,000. */
  readonly settleTimeout?: number
}

/** More requests than any flow has: a process that never ends by itself is a failure. */
const MOST_REQUESTS = 1_000

/** How a process ended: by itself, or killed. */
function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly killed: boolean }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, killed: signal === 'SIGKILL' }))
  })
}

/** One process, and what comes after it; whether it was killed. */
async function runOnce(
  flow: KillFlow,
  { timeout = 60_000, settleTimeout = 10_000 }: KillOptions,
  [when, request]: readonly [string, number],
  failures: FaultFailure[],
): Promise<boolean> {
  const at = { fault: `killed ${when}`, request: `request ${request}` }
  const fail = (kind: FaultFailure['kind'], place: string, what: string): void => {
    failures.push({ kind, ...at, place, what })
  }
  await using world = await flow.world()
  const attempt = async (place: string, work: () => Promise<unknown>): Promise<void> => {
    const worked = work().catch((error: unknown) => fail('failed', place, shown(error)))
    if ((await within(timeout, worked)) === 'too late') fail('hang', place, `not over after ${timeout} ms`)
    const machines = (await world.machines?.()) ?? []
    const twice = machines.filter((machine, index) => machines.indexOf(machine) !== index)
    if (twice.length > 0) fail('duplicate', place, `more than one instance of machine ${twice.join(', ')}`)
  }
  let killed = false
  await attempt(flow.name, async () => {
    const child = world.start({ [DIES_AT]: `${when} ${request}` })
    try {
      const end = await within(timeout, ended(child))
      if (end === 'too late') throw new Error(`the process was not over after ${timeout} ms`)
      killed = end.killed
      if (!killed && end.code !== 0) throw new Error(`the process ended with exit code ${end.code}`)
    } finally {
      child.kill('SIGKILL')
    }
  })
  if (killed && world.again) await attempt('again', async () => await world.again?.())
  await attempt('the clean-up', () => world.cleanup())
  const left = await leftIn(world, settleTimeout)
  if (left.length > 0) fail('leak', 'the clean-up', left.join(', '))
  return killed
}

/**
 * Runs the flow's process once for each of its requests, and kills it there; looks after each whether no machine has two
 * instances, what is done again succeeds, and cleaning up leaves nothing. Nothing that is found ends it: all is in the
 * report.
 */
export async function killAtEveryRequest(flow: KillFlow, options: KillOptions = {}): Promise<FaultReport> {
  const { kinds = ['before', 'after'], atOnce = 2 } = options
  const failures: FaultFailure[] = []
  let cases = 0
  let requests = 0
  for (const when of kinds) {
    let next = 0
    let over = false
    const worker = async (): Promise<void> => {
      while (!over && next < MOST_REQUESTS) {
        const request = next++
        // One that comes to its end has no request with that number, nor any later one.
        if (await runOnce(flow, options, [when, request], failures)) cases++
        else over = true
        if (!over) requests = Math.max(requests, request + 1)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
  }
  return { flow: flow.name, requests, kinds: kinds.length, cases, failures }
}
