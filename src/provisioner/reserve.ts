import type { ControllerDetails, ControllerStore, MachineRecord } from '../bootstrap/index.ts'
import { type Clock, type Environ, findError, NoInstancesError } from '../environ/index.ts'
import { isController } from './machine-instances.ts'
import { isStartedElsewhere, type MachineRecords, startedElsewhere, withMachines } from './machine-records.ts'
import type { Wanted } from './prepare-machine.ts'
import type { RetryPolicy } from './retry.ts'

/** What machines are reserved with. */
export interface Reservation extends RetryPolicy {
  readonly store: ControllerStore
  readonly clock: Clock
  readonly controllerName: string
  readonly environ: Environ
  readonly records: MachineRecords
  /** Tells this runtime from all others that use the store. */
  readonly runtime: string
  /** The records as they were before the instances were listed. */
  readonly seen: ControllerDetails['machines']
}

/** The instance that a record tells of, when it was written since `before`. */
function newInstance(record: MachineRecord | undefined, before: MachineRecord | undefined) {
  if (!record || !('instanceId' in record)) return undefined
  const same = before && 'instanceId' in before && before.instanceId === record.instanceId
  return same ? undefined : record.instanceId
}

/**
 * Gives the machines their ids and records, all in one step, before the first of them is made. One that somebody else is
 * starting has its outcome then; one that somebody else has started meanwhile exists.
 */
export async function reserve(wanted: readonly Wanted[], reservation: Reservation): Promise<void> {
  const { store, clock, controllerName, environ, records, runtime, seen, signal } = reservation
  const open = wanted.filter(({ outcome }) => !outcome)
  if (open.length === 0) return
  // The record of a machine that another call is at is theirs; the controller has one of another kind.
  const ours = open.filter(({ claim, existing }) => !claim?.late && !isController(existing))
  const written = new Map<string, MachineRecord>()
  const elsewhere = new Map<Wanted, string>()
  await store.update(controllerName, (known) => {
    const given = open.flatMap(({ params: { machineId } }) => (machineId ? [Number(machineId) + 1] : []))
    let nextMachine = given.reduce((most, next) => Math.max(most, next), known.nextMachine)
    for (const machine of open) machine.machineId = machine.params.machineId ?? String(nextMachine++)
    for (const machine of ours) {
      const { machineId = '', existing } = machine
      const record = known.machines?.[machineId]
      const instanceId = newInstance(record, seen?.[machineId])
      if (record && isStartedElsewhere(record, runtime, clock.now())) {
        const error = startedElsewhere(machineId, record)
        machine.outcome = { status: 'failed', machineId, error, attempts: 0 }
      } else if (instanceId !== undefined && !existing) elsewhere.set(machine, instanceId)
      else written.set(machineId, existing ? { instanceId: existing.id } : records.starting())
    }
    return { ...withMachines(known, written), nextMachine }
  })
  for (const [machineId, record] of written) records.watch(machineId, record)
  for (const [machine, instanceId] of elsewhere) {
    const { machineId = '' } = machine
    try {
      ;[machine.existing] = await environ.instances([instanceId], { signal })
    } catch (error) {
      const gone = findError(error, NoInstancesError) !== undefined
      const reason = gone ? startedElsewhere(machineId) : (error as Error)
      machine.outcome = { status: 'failed', machineId, error: reason, attempts: 0 }
    }
  }
}
