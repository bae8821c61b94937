/** A server as Nova shows it, at any microversion (https://docs.openstack.org/api-ref/compute/#servers-servers). */

import {
  boolean,
  type Fields,
  itemOf,
  list,
  number,
  object,
  oneOf,
  requiredText,
  text,
  textMap,
  texts,
} from '../service/fields.ts'
import type { ItemSchema } from '../service/read.ts'

/** What Nova sends as `status`. Newer clouds may add more, so any text is accepted. */
export type ServerStatus =
  | 'ACTIVE'
  | 'BUILD'
  | 'DELETED'
  | 'ERROR'
  | 'HARD_REBOOT'
  | 'MIGRATING'
  | 'PASSWORD'
  | 'PAUSED'
  | 'REBOOT'
  | 'REBUILD'
  | 'RESCUE'
  | 'RESIZE'
  | 'REVERT_RESIZE'
  | 'SHELVED'
  | 'SHELVED_OFFLOADED'
  | 'SHUTOFF'
  | 'SOFT_DELETED'
  | 'SUSPENDED'
  | 'UNKNOWN'
  | 'VERIFY_RESIZE'
  | (string & {})

/** One address of a server. `type` tells a floating address from a fixed one. */
export interface ServerAddress {
  readonly address: string
  readonly version: 4 | 6
  readonly type?: 'fixed' | 'floating' | undefined
  readonly macAddress?: string | undefined
}

/** Why a server is in status `ERROR`. */
export interface ServerFault {
  readonly code: number
  readonly message: string
  readonly createdAt?: string | undefined
}

/**
 * The flavor of a server. Below microversion 2.47 only `id` is known, from there on everything but `id`.
 * RAM is in MiB, disk in GiB.
 */
export interface ServerFlavor {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly vcpus?: number | undefined
  readonly ram?: number | undefined
  readonly disk?: number | undefined
}

/** What administrators see of a server besides (Nova: extended server attributes). Most of it needs microversion 2.3. */
export interface ServerExtendedAttributes {
  /** The compute service's host. */
  readonly host?: string | undefined
  readonly hypervisorHostname?: string | undefined
  /** As the hypervisor calls it. */
  readonly instanceName?: string | undefined
  /** `UP`, `UNKNOWN`, `DOWN`, `MAINTENANCE`. From microversion 2.16. */
  readonly hostStatus?: string | undefined
  readonly reservationId?: string | undefined
  /** Its place among the servers made with one request. */
  readonly launchIndex?: number | undefined
  readonly kernelId?: string | undefined
  readonly ramdiskId?: string | undefined
  readonly rootDeviceName?: string | undefined
}

/**
 * A server in detail. A server of an unreachable cell has status `UNKNOWN` and little else. What is "from" a microversion
 * is there when the server is asked for at that one or a newer one.
 */
export interface Server {
  readonly id: string
  readonly name: string
  readonly status: ServerStatus
  readonly taskState?: string | undefined
  readonly vmState?: string | undefined
  /** 0 no state, 1 running, 3 paused, 4 shut down, 6 crashed, 7 suspended. */
  readonly powerState?: number | undefined
  /** Per cent, while something is under way. */
  readonly progress?: number | undefined
  readonly fault?: ServerFault | undefined
  readonly projectId?: string | undefined
  readonly userId?: string | undefined
  readonly hostId?: string | undefined
  readonly createdAt?: string | undefined
  readonly updatedAt?: string | undefined
  readonly launchedAt?: string | undefined
  readonly terminatedAt?: string | undefined
  readonly metadata: Readonly<Record<string, string>>
  /** By the name of the network. Two networks of one name share an entry. Empty while the server is built. */
  readonly addresses: Readonly<Record<string, readonly ServerAddress[]>>
  readonly accessIpv4?: string | undefined
  readonly accessIpv6?: string | undefined
  /** Absent when the server boots from a volume. */
  readonly imageId?: string | undefined
  readonly flavor: ServerFlavor
  readonly keyName?: string | undefined
  readonly availabilityZone?: string | undefined
  readonly configDrive: boolean
  /** Names, as Nova shows them; the same name may come once for each port. */
  readonly securityGroups: readonly string[]
  /** Ids of the attached volumes. */
  readonly attachedVolumes: readonly string[]
  readonly diskConfig?: 'AUTO' | 'MANUAL' | undefined
  readonly extendedAttributes?: ServerExtendedAttributes | undefined
  /** From microversion 2.9. */
  readonly locked?: boolean | undefined
  /** From microversion 2.19. */
  readonly description?: string | undefined
  /** From microversion 2.26. */
  readonly tags?: readonly string[] | undefined
  /** From microversion 2.63. */
  readonly trustedImageCertificates?: readonly string[] | undefined
  /** Ids. From microversion 2.71, and never in a list. */
  readonly serverGroups?: readonly string[] | undefined
  /** From microversion 2.73. */
  readonly lockedReason?: string | undefined
  /** From microversion 2.90; administrators see it from 2.3. */
  readonly hostname?: string | undefined
  /** The zone it was asked for in. From microversion 2.96. */
  readonly pinnedAvailabilityZone?: string | undefined
  /** From microversion 2.100. */
  readonly schedulerHints?: Readonly<Record<string, unknown>> | undefined
}

/** A server as the brief list shows it. */
export interface ServerBrief {
  readonly id: string
  readonly name: string
}

/** Makes a server of its wire form; empty texts and nulls become absent. */
export const serverSchema = (): ItemSchema<Server> => SERVER

const SERVER = itemOf((wire): Server => {
  const fault = object(wire['fault'])
  const flavor = object(wire['flavor']) ?? {}
  const image = object(wire['image'])
  const configDrive = wire['config_drive']
  const newer = 'locked' in wire ? newerFieldsOf(wire) : NONE
  return {
    id: requiredText(wire['id']),
    name: text(wire['name']) ?? '',
    status: requiredText(wire['status']),
    taskState: text(wire['OS-EXT-STS:task_state']),
    vmState: text(wire['OS-EXT-STS:vm_state']),
    powerState: number(wire['OS-EXT-STS:power_state']),
    progress: number(wire['progress']),
    fault: fault && {
      code: number(fault['code']) ?? 0,
      message: text(fault['message']) ?? '',
      createdAt: text(fault['created']),
    },
    projectId: text(wire['tenant_id']),
    userId: text(wire['user_id']),
    hostId: text(wire['hostId']),
    createdAt: text(wire['created']),
    updatedAt: text(wire['updated']),
    launchedAt: text(wire['OS-SRV-USG:launched_at']),
    terminatedAt: text(wire['OS-SRV-USG:terminated_at']),
    metadata: textMap(wire['metadata']),
    addresses: addressesOf(wire),
    accessIpv4: text(wire['accessIPv4']),
    accessIpv6: text(wire['accessIPv6']),
    imageId: image && requiredText(image['id']),
    flavor: {
      id: text(flavor['id']),
      name: text(flavor['original_name']),
      vcpus: number(flavor['vcpus']),
      ram: number(flavor['ram']),
      disk: number(flavor['disk']),
    },
    keyName: text(wire['key_name']),
    availabilityZone: text(wire['OS-EXT-AZ:availability_zone']),
    configDrive: configDrive === true || configDrive === 'True',
    securityGroups: list(wire['security_groups'], nameOf) ?? [],
    attachedVolumes: list(wire['os-extended-volumes:volumes_attached'], idOf) ?? [],
    diskConfig: oneOf(wire['OS-DCF:diskConfig'], DISK_CONFIGS),
    extendedAttributes: 'OS-EXT-SRV-ATTR:host' in wire ? extendedAttributesOf(wire) : undefined,
    locked: newer.locked,
    description: newer.description,
    tags: newer.tags,
    trustedImageCertificates: newer.trustedImageCertificates,
    serverGroups: newer.serverGroups,
    lockedReason: newer.lockedReason,
    hostname: text(wire['OS-EXT-SRV-ATTR:hostname']),
    pinnedAvailabilityZone: newer.pinnedAvailabilityZone,
    schedulerHints: newer.schedulerHints,
  }
})

const nameOf = (wire: Fields): string => requiredText(wire['name'])

const idOf = (wire: Fields): string => requiredText(wire['id'])

function addressesOf(wire: Fields): Server['addresses'] {
  const networks = object(wire['addresses']) ?? {}
  const addresses: Record<string, readonly ServerAddress[]> = {}
  for (const network in networks) addresses[network] = list(networks[network], addressOf) ?? []
  return addresses
}

/** What no server has below microversion 2.9. Long lists are mostly of those, and spared the looks. */
const newerFieldsOf = (wire: Fields) => ({
  locked: boolean(wire['locked']),
  description: text(wire['description']),
  tags: texts(wire['tags']),
  trustedImageCertificates: texts(wire['trusted_image_certificates']),
  serverGroups: texts(wire['server_groups']),
  lockedReason: text(wire['locked_reason']),
  pinnedAvailabilityZone: text(wire['pinned_availability_zone']),
  schedulerHints: object(wire['scheduler_hints']),
})

const NONE = newerFieldsOf({})

const DISK_CONFIGS = ['AUTO', 'MANUAL'] as const

const extendedAttributesOf = (wire: Fields): ServerExtendedAttributes => ({
  host: text(wire['OS-EXT-SRV-ATTR:host']),
  hypervisorHostname: text(wire['OS-EXT-SRV-ATTR:hypervisor_hostname']),
  instanceName: text(wire['OS-EXT-SRV-ATTR:instance_name']),
  hostStatus: text(wire['host_status']),
  reservationId: text(wire['OS-EXT-SRV-ATTR:reservation_id']),
  launchIndex: number(wire['OS-EXT-SRV-ATTR:launch_index']),
  kernelId: text(wire['OS-EXT-SRV-ATTR:kernel_id']),
  ramdiskId: text(wire['OS-EXT-SRV-ATTR:ramdisk_id']),
  rootDeviceName: text(wire['OS-EXT-SRV-ATTR:root_device_name']),
})

const addressOf = (wire: Fields): ServerAddress => ({
  address: requiredText(wire['addr']),
  version: wire['version'] === 6 ? 6 : 4,
  type: oneOf(wire['OS-EXT-IPS:type'], ['fixed', 'floating'] as const),
  macAddress: text(wire['OS-EXT-IPS-MAC:mac_addr']),
})
