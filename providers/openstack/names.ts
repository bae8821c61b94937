/** Names of what is made in the cloud (Juju: `core/instance/namespace.go`, `provider/openstack/firewaller.go`). */

import type { ModelConfig } from 'cloud-environs/provider'

/** Every server's name starts so, whatever its model. */
export const SERVER_PREFIX = 'juju-'

/** `juju-06f00d-mymodel-0`: the end of the model's UUID keeps models of one name apart. */
export const serverName = ({ uuid, name }: ModelConfig, machineId: string): string =>
  `${SERVER_PREFIX}${uuid.slice(-6)}-${name}-${machineId}`

/** `juju-06f00d-mymodel-volume-0` */
export const volumeName = ({ uuid, name }: ModelConfig, tag: string): string =>
  `${SERVER_PREFIX}${uuid.slice(-6)}-${name}-${tag}`

/** Names of the security groups of a controller's models. */
export const groupNames = {
  /** All groups of all models of the controller start so. */
  ofController: (controllerUuid: string) => `juju-${controllerUuid}-`,
  /** The group that all machines of a model are in; the names of the model's other groups start with it. */
  model: (controllerUuid: string, modelUuid: string) => `juju-${controllerUuid}-${modelUuid}`,
  /** The group of one machine, in firewall mode `instance`. */
  machine: (controllerUuid: string, modelUuid: string, machineId: string) =>
    `juju-${controllerUuid}-${modelUuid}-${machineId}`,
  /** The group with the open ports of a model, in firewall mode `global`. */
  global: (controllerUuid: string, modelUuid: string) => `juju-${controllerUuid}-${modelUuid}-global`,
} as const
