import { NotSupportedError } from '../environ/errors.ts'

/** Types of clouds that a controller on a cloud of some type may have models on. */
const WHITELIST: Readonly<Record<string, readonly string[]>> = {
  kubernetes: ['kubernetes', 'openstack'],
  lxd: ['lxd', 'openstack'],
  maas: ['maas', 'openstack'],
  openstack: ['openstack'],
}

/**
 * Whether a controller can have models on one more cloud (Juju: `CurrentWhiteList().Check`): its machines have to reach
 * those of the other cloud.
 * @throws NotSupportedError listing the types of clouds that it may have
 */
export function checkCloudOfController(controllerType: string, cloudType: string): void {
  const allowed = Object.hasOwn(WHITELIST, controllerType) ? (WHITELIST[controllerType] ?? []) : []
  if (allowed.includes(cloudType)) return
  throw new NotSupportedError(
    `a controller on a cloud of type "${controllerType}" takes no cloud of type "${cloudType}"`,
    {
      operation: 'addCloud',
      hint: allowed.length > 0 ? `it takes those of type: ${allowed.join(', ')}` : 'it takes no other clouds',
    },
  )
}
