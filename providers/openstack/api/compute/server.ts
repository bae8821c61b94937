/** A server as Nova shows it, at any microversion (https://docs.openstack.org/api-ref/compute/#servers-servers). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'

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

/** A server in detail. A server of an unreachable cell has status `UNKNOWN` and little else. */
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
  /** From microversion 2.19. */
  readonly description?: string | undefined
  /** From microversion 2.26. */
  readonly tags?: readonly string[] | undefined
}

/** A server as the brief list shows it. */
export interface ServerBrief {
  readonly id: string
  readonly name: string
}

/** The fields of a server that are used, under Nova's own names. */
const wireSchema = lazy(() => {
  const text = z.string().nullish()
  return z.object({
    id: z.string(),
    name: z.string().optional(),
    status: z.string(),
    'OS-EXT-STS:task_state': text,
    'OS-EXT-STS:vm_state': text,
    'OS-EXT-STS:power_state': z.number().nullish(),
    progress: z.number().nullish(),
    fault: z.object({ code: z.number(), message: z.string().nullish(), created: text }).nullish(),
    tenant_id: text,
    user_id: text,
    hostId: text,
    created: text,
    updated: text,
    'OS-SRV-USG:launched_at': text,
    'OS-SRV-USG:terminated_at': text,
    metadata: z.record(z.string(), z.string()).optional(),
    addresses: z
      .record(
        z.string(),
        z.array(
          z.object({
            addr: z.string(),
            version: z.literal([4, 6]),
            'OS-EXT-IPS:type': z.enum(['fixed', 'floating']).optional().catch(undefined),
            'OS-EXT-IPS-MAC:mac_addr': text,
          }),
        ),
      )
      .optional(),
    accessIPv4: text,
    accessIPv6: text,
    image: z.union([z.object({ id: z.string() }), z.literal('')]).nullish(),
    flavor: z
      .object({
        id: text,
        original_name: text,
        vcpus: z.number().optional(),
        ram: z.number().optional(),
        disk: z.number().optional(),
      })
      .nullish(),
    key_name: text,
    'OS-EXT-AZ:availability_zone': text,
    config_drive: z.union([z.string(), z.boolean()]).nullish(),
    security_groups: z.array(z.object({ name: z.string() })).optional(),
    'os-extended-volumes:volumes_attached': z.array(z.object({ id: z.string() })).optional(),
    description: text,
    tags: z.array(z.string()).optional(),
  })
})

type WireServer = z.infer<ReturnType<typeof wireSchema>>

/** Makes a server of its wire form. */
export const serverSchema = lazy(() => wireSchema().transform(toServer))

/** Nova's names to ours; empty texts and nulls become absent. */
function toServer(wire: WireServer): Server {
  const { image, flavor, fault } = wire
  return {
    id: wire.id,
    name: wire.name ?? '',
    status: wire.status,
    taskState: wire['OS-EXT-STS:task_state'] || undefined,
    vmState: wire['OS-EXT-STS:vm_state'] || undefined,
    powerState: wire['OS-EXT-STS:power_state'] ?? undefined,
    progress: wire.progress ?? undefined,
    fault: fault
      ? { code: fault.code, message: fault.message ?? '', createdAt: fault.created ?? undefined }
      : undefined,
    projectId: wire.tenant_id ?? undefined,
    userId: wire.user_id ?? undefined,
    hostId: wire.hostId || undefined,
    createdAt: wire.created ?? undefined,
    updatedAt: wire.updated ?? undefined,
    launchedAt: wire['OS-SRV-USG:launched_at'] ?? undefined,
    terminatedAt: wire['OS-SRV-USG:terminated_at'] ?? undefined,
    metadata: wire.metadata ?? {},
    addresses: toAddresses(wire.addresses),
    accessIpv4: wire.accessIPv4 || undefined,
    accessIpv6: wire.accessIPv6 || undefined,
    imageId: image ? image.id : undefined,
    flavor: {
      id: flavor?.id ?? undefined,
      name: flavor?.original_name ?? undefined,
      vcpus: flavor?.vcpus,
      ram: flavor?.ram,
      disk: flavor?.disk,
    },
    keyName: wire.key_name ?? undefined,
    availabilityZone: wire['OS-EXT-AZ:availability_zone'] || undefined,
    configDrive: wire.config_drive === true || wire.config_drive === 'True',
    securityGroups: wire.security_groups?.map((group) => group.name) ?? [],
    attachedVolumes: wire['os-extended-volumes:volumes_attached']?.map((volume) => volume.id) ?? [],
    description: wire.description ?? undefined,
    tags: wire.tags,
  }
}

function toAddresses(wire: WireServer['addresses']): Server['addresses'] {
  const addresses: Record<string, ServerAddress[]> = {}
  for (const label in wire) {
    addresses[label] = (wire[label] ?? []).map((item) => ({
      address: item.addr,
      version: item.version,
      type: item['OS-EXT-IPS:type'],
      macAddress: item['OS-EXT-IPS-MAC:mac_addr'] ?? undefined,
    }))
  }
  return addresses
}
