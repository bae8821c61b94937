import { findError, NotFoundError } from '../environ/index.ts'
import type { Job } from './durable-runner.ts'
import type { MachineParams } from './machine.ts'
import { isBeingStarted, startedElsewhere, withMachines } from './machine-records.ts'
import { checkMachineId } from './prepare-machine.ts'
import type { ProvisionerServices } from './provisioner.ts'

/**
 * Gives machines their ids and records, all in one step, for a job that is to start them.
 * @throws NotFoundError for an unknown controller, NotValidError for an id, ConflictError when a machine is in other hands
 */
export async function reserveForJob(
  { store, clock }: Pick<ProvisionerServices, 'store' | 'clock'>,
  controllerName: string,
  job: string,
  machines: readonly MachineParams[],
): Promise<readonly string[]> {
  for (const { machineId } of machines) checkMachineId(machineId)
  let ids: readonly string[] = []
  await store.update(controllerName, (known) => {
    const given = machines.flatMap(({ machineId }) => (machineId ? [Number(machineId) + 1] : []))
    let nextMachine = given.reduce((most, next) => Math.max(most, next), known.nextMachine)
    ids = machines.map(({ machineId }) => machineId ?? String(nextMachine++))
    const reserved = ids.flatMap((id) => {
      const record = known.machines?.[id]
      if (record && 'instanceId' in record) return []
      if (record && isBeingStarted(record, clock.now())) throw startedElsewhere(id, record)
      return [[id, { job }] as const]
    })
    return { ...withMachines(known, new Map(reserved)), nextMachine }
  })
  return ids
}

/**
 * Takes back what {@link reserveForJob} gave and no instance has: of one machine, or of all in one step. A controller that
 * is gone has nothing to take back.
 */
export async function releaseFromJob(
  { store }: Pick<ProvisionerServices, 'store'>,
  { id, controller }: Pick<Job, 'id' | 'controller'>,
  machineId?: string,
): Promise<void> {
  try {
    await store.update(controller, (known) => {
      const ours = Object.entries(known.machines ?? {}).filter(
        ([machine, record]) =>
          'job' in record && record.job === id && (machineId === undefined || machine === machineId),
      )
      return withMachines(known, new Map(ours.map(([machine]) => [machine, undefined])))
    })
  } catch (error) {
    if (!findError(error, NotFoundError)) throw error
  }
}
