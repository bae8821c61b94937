import type { Reply } from '../../message.ts'
import { badState, type Call, checkHost, checkLock, checkState } from '../call.ts'
import { notAllowed } from '../errors.ts'
import type { Schema } from '../schema.ts'
import type { Server, VmState } from '../server.ts'

/** One of the actions of POST /servers/{id}/action. */
export interface Action {
  /** Of the value, where microversions have one; default anything. */
  readonly schema?: Schema | ((minor: number) => Schema | undefined)
  /** The first and the last minor microversion that have it; default all. */
  readonly versions?: readonly [first: number, last: number]
  /** The policy rule that only administrators pass; default none. */
  readonly rule?: string
  /** What conflicts call it; default its key. */
  readonly name?: string
  /** What a lock means to others than administrators; default a refusal which says so. */
  readonly lock?: 'ignored' | 'bad state'
  /** Refused while the server is on no host. */
  readonly onHost?: boolean
  /** The vm_states it starts from; default any, whatever goes on. */
  readonly from?: readonly VmState[]
  /** The tasks that may be under way; default none. */
  readonly tasks?: 'any'
  run(call: Call, server: Server, value: unknown): Reply
}

export type Actions = Readonly<Record<string, Action>>

export const ACCEPTED: Reply = { status: 202 }

/** Refuses what the server, or who asks, is not fit for, in Nova's order. */
export function check(call: Call, server: Server, key: string, action: Action): void {
  const name = action.name ?? key
  if (action.rule !== undefined && !call.access.isAdmin) throw notAllowed(action.rule)
  if (action.lock === 'bad state' && server.locked && !call.access.isAdmin) throw badState(server, name)
  if (action.lock === undefined) checkLock(call, server)
  if (action.onHost) checkHost(server)
  if (action.from) checkState(server, name, action.from, action.tasks)
}

/** The last performance of each server: an interrupted one has to know that its task is another's by now. */
const latest = new WeakMap<Server, symbol>()

/**
 * Records the action and shows its tasks one after the other, then does the rest. What takes the task away, such as
 * a deletion or a reset of the state, ends it before that.
 */
export function perform(
  call: Call,
  server: Server,
  record: string,
  tasks: readonly string[],
  finish: () => void,
): void {
  const { state } = call
  state.instanceActions.begin(call, server, record)
  const performance = Symbol(record)
  latest.set(server, performance)
  const step = (index: number): void => {
    server.updated = Date.now()
    server.taskState = tasks[index] ?? null
    const task = server.taskState
    if (task === null) {
      finish()
      state.instanceActions.end(server, record)
      return
    }
    state.timers.after(state.settings.deleteMillis / tasks.length, () => {
      if (server.taskState === task && latest.get(server) === performance) step(index + 1)
    })
  }
  step(0)
}

/** Records a change that takes no time, whatever else is under way. */
export function instantly({ state, ...by }: Call, server: Server, record: string, change: () => void): void {
  state.instanceActions.begin(by, server, record)
  change()
  server.updated = Date.now()
  state.instanceActions.end(server, record)
}

/** An action that leads from some states to another in a while. `record` is its name among the instance actions. */
export function transition(given: {
  readonly from: readonly VmState[]
  readonly task: string
  readonly to: VmState
  readonly record: string
  readonly name?: string
  readonly onHost?: boolean
}): Action {
  const { task, to, record, ...checks } = given
  return {
    ...checks,
    run(call, server) {
      perform(call, server, record, [task], () => enter(server, to))
      return ACCEPTED
    },
  }
}

const POWER: Partial<Record<VmState, number>> = {
  active: 1,
  rescued: 1,
  paused: 3,
  stopped: 4,
  shelved: 4,
  shelved_offloaded: 4,
  suspended: 7,
}

/** Puts the server into a state of rest, with the power that goes with it. */
export function enter(server: Server, vmState: VmState): void {
  server.vmState = vmState
  server.powerState = POWER[vmState] ?? server.powerState
  // A guest that is paused or suspended goes on: nobody reaches it then.
  if (server.powerState === 1 || server.powerState === 4) server.guest?.power(server.powerState === 1)
}
