import type { MachineRecord } from '../bootstrap/index.ts'
import { type Instance, TAG_IS_CONTROLLER, TAG_MACHINE } from '../environ/index.ts'

/** An instance that never came to run: it is not the machine, it is in its way. */
const isBroken = ({ status }: Instance): boolean => status.state === 'provisioning-error'

/** The instances by their machines' ids; of several of one machine, the one that is recorded. */
export function instancesByMachine(
  instances: readonly Instance[],
  records: Readonly<Record<string, MachineRecord>> = {},
): ReadonlyMap<string, Instance> {
  const found = new Map<string, Instance>()
  for (const instance of instances) {
    const machineId = instance.tags[TAG_MACHINE]
    if (machineId === undefined || isBroken(instance)) continue
    const record = records[machineId]
    const recorded = record && 'instanceId' in record && record.instanceId === instance.id
    if (recorded || !found.has(machineId)) found.set(machineId, instance)
  }
  return found
}

/** Ids of the machines that have an instance which never came to run. */
export const brokenMachines = (instances: readonly Instance[]): ReadonlySet<string> =>
  new Set(instances.filter(isBroken).flatMap(({ tags }) => tags[TAG_MACHINE] ?? []))

export const isController = (instance: Instance | undefined): boolean =>
  instance?.tags[TAG_IS_CONTROLLER] === 'true'
