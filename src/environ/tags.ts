/** Tags that mark what belongs to whom in a cloud (Juju: `environs/tags`). Everything created carries them. */

/** UUID of the model that a resource belongs to. */
export const TAG_MODEL = 'juju-model-uuid'
/** UUID of the controller that manages the model. */
export const TAG_CONTROLLER = 'juju-controller-uuid'
/** `true` on the instances that run a controller. */
export const TAG_IS_CONTROLLER = 'juju-is-controller'
/** Id of the machine that an instance was started for. */
export const TAG_MACHINE = 'juju-machine-id'
/** Id of the server of the server service that a resource is, or was made for. */
export const TAG_SERVER = 'juju-server-id'
/** All reserved tags start so; a user's `resource-tags` may not. */
export const RESERVED_TAG_PREFIX = 'juju-'

/** What {@link resourceTags} marks a resource with. */
export interface TagOwner {
  readonly modelUuid: string
  readonly controllerUuid: string
  /** The user's own `resource-tags`; the reserved tags win over them. */
  readonly userTags?: Readonly<Record<string, string>> | undefined
  readonly machineId?: string | undefined
  readonly isController?: boolean | undefined
}

/** The tags of a resource of that owner. */
export function resourceTags(owner: TagOwner): Record<string, string> {
  return {
    ...owner.userTags,
    [TAG_MODEL]: owner.modelUuid,
    [TAG_CONTROLLER]: owner.controllerUuid,
    ...(owner.machineId === undefined ? {} : { [TAG_MACHINE]: owner.machineId }),
    ...(owner.isController ? { [TAG_IS_CONTROLLER]: 'true' } : {}),
  }
}
