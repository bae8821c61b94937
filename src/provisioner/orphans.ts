import type { ControllerDetails, ControllerStore } from '../bootstrap/index.ts'
import {
  type CallOptions,
  type Clock,
  type Environ,
  type Instance,
  keepsMachineResources,
  type MachineResource,
  TAG_CONTROLLER,
  TAG_IS_CONTROLLER,
  TAG_MACHINE,
  TAG_SERVER,
} from '../environ/index.ts'
import { isBeingStarted } from './machine-records.ts'

/** An instance that is tagged as a controller's and that no record owns. */
export interface Orphan {
  readonly instance: Instance
  readonly machineId?: string
  /** Why nobody owns it. */
  readonly reason: string
  /** False when it may be in use all the same: then it is for its user to say. */
  readonly certain: boolean
}

/** Why nobody owns an instance, and whether that is certain; nothing when somebody does. */
function whyOrphan(
  { id, tags }: Instance,
  { uuid, status, instanceIds, machines, recordedFrom = 1 }: ControllerDetails,
  now: number,
): Pick<Orphan, 'reason' | 'certain'> | undefined {
  const certainly = (reason: string) => ({ reason, certain: true })
  // What the server service keeps is no machine.
  if (tags[TAG_CONTROLLER] !== uuid || tags[TAG_SERVER] !== undefined) return undefined
  if (tags[TAG_IS_CONTROLLER] === 'true') {
    // While it is bootstrapped, it is bootstrap's.
    const known = status === 'bootstrapping' || instanceIds.includes(id)
    return known ? undefined : certainly('it is another controller instance than the one that is known')
  }
  const machineId = tags[TAG_MACHINE]
  if (machineId === undefined) return certainly('it is tagged as no machine')
  const record = machines?.[machineId]
  if (record && 'instanceId' in record) {
    const known = record.instanceId === id
    return known ? undefined : certainly(`machine ${machineId} is instance ${record.instanceId}`)
  }
  if (record) {
    const started = isBeingStarted(record, now)
    return started ? undefined : certainly(`whoever started machine ${machineId} is gone`)
  }
  if (machines && Number(machineId) >= recordedFrom) return certainly(`machine ${machineId} is not known`)
  const reason = `machine ${machineId} may be in use: it was started before records were kept`
  return { reason, certain: false }
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
    const why = whyOrphan(instance, details, clock.now())
    const machineId = instance.tags[TAG_MACHINE]
    return why ? [{ instance, ...(machineId === undefined ? {} : { machineId }), ...why }] : []
  })
}

/**
 * What machines left beside their instances and nobody owns: they have no instance, no record, or one whose start died.
 * Nothing of machines that are older than the records, and nothing where the cloud cannot tell.
 */
export async function findLeftovers(
  controllerName: string,
  environ: Environ,
  { store, clock }: { readonly store: ControllerStore; readonly clock: Clock },
  options?: CallOptions,
): Promise<readonly MachineResource[]> {
  if (!keepsMachineResources(environ)) return []
  // In this order: whatever is listed has its instance, or at least its record, by then.
  const resources = await environ.machineResources(options)
  if (resources.length === 0) return []
  const alive = new Set((await environ.allInstances(options)).map(({ tags }) => tags[TAG_MACHINE]))
  const { machines, recordedFrom = 1 } = await store.get(controllerName)
  const isOwned = (machineId: string): boolean => {
    const record = machines?.[machineId]
    if (record) return 'instanceId' in record || isBeingStarted(record, clock.now())
    return !machines || Number(machineId) < recordedFrom
  }
  return resources.filter(({ machineId }) => !alive.has(machineId) && !isOwned(machineId))
}
