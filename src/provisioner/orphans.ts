import type { ControllerDetails, ControllerStore } from '../bootstrap/index.ts'
import {
  type CallOptions,
  type Clock,
  type Environ,
  type Instance,
  TAG_CONTROLLER,
  TAG_MACHINE,
} from '../environ/index.ts'
import { isController } from './machine-instances.ts'
import { isBeingStarted } from './machine-records.ts'

/** An instance that is tagged as a controller's and that no record owns. */
export interface Orphan {
  readonly instance: Instance
  readonly machineId?: string
  /** Why nobody owns it. */
  readonly reason: string
}

/** Why nobody owns an instance; nothing when somebody does. */
function whyOrphan(instance: Instance, details: ControllerDetails, now: number): string | undefined {
  const { id, tags } = instance
  if (tags[TAG_CONTROLLER] !== details.uuid) return undefined
  if (isController(instance)) {
    // While it is bootstrapped, it is bootstrap's.
    const known = details.status === 'bootstrapping' || details.instanceIds.includes(id)
    return known ? undefined : 'it is another controller instance than the one that is known'
  }
  const machineId = tags[TAG_MACHINE]
  if (machineId === undefined) return 'it is tagged as no machine'
  const record = details.machines?.[machineId]
  if (!record) return `machine ${machineId} is not known`
  if ('instanceId' in record) {
    return record.instanceId === id ? undefined : `machine ${machineId} is instance ${record.instanceId}`
  }
  return isBeingStarted(record, now) ? undefined : `whoever started machine ${machineId} is gone`
}

/** What no record of the store owns, of what the environ's model has in the cloud. */
export async function findOrphans(
  controllerName: string,
  environ: Environ,
  { store, clock }: { readonly store: ControllerStore; readonly clock: Clock },
  options?: CallOptions,
): Promise<readonly Orphan[]> {
  // In this order: a machine is recorded before it is made, so that whatever is listed has its record by now.
  const instances = await environ.allInstances(options)
  const details = await store.get(controllerName)
  return instances.flatMap((instance) => {
    const reason = whyOrphan(instance, details, clock.now())
    const machineId = instance.tags[TAG_MACHINE]
    return reason === undefined
      ? []
      : [{ instance, reason, ...(machineId === undefined ? {} : { machineId }) }]
  })
}
