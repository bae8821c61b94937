import type { Guest } from '../guests/guest.ts'
import type { Flavor } from './flavor.ts'
import type { Migration } from './migration.ts'

export interface Fault {
  readonly code: number
  readonly message: string
  readonly created: number
}

/** What a server was asked to be connected to; `port` is a pre-made one. */
export interface RequestedNetwork {
  readonly networkId?: string
  readonly portId?: string
  readonly fixedIp?: string
  readonly tag?: string
}

/** A volume that a server has, or that is kept for it. */
export interface AttachedVolume {
  /** Of the block device mapping, which outlives the volume's replacement by another. */
  readonly mappingId: string
  readonly tag: string | null
  /** The server boots from it. */
  readonly root: boolean
  id: string
  attachmentId: string
  /** `/dev/vdb`; a server without a host has not given one yet. */
  device: string | null
  deleteOnTermination: boolean
}

/** A volume that Nova has made for a server. */
export interface NewVolume {
  /** Empty without one. */
  readonly imageId: string | undefined
  /** GiB. */
  readonly size: number
  /** Id or name; Cinder's default when absent. */
  readonly type: string | undefined
  readonly device: string | null
  readonly tag: string | null
  readonly root: boolean
  readonly deleteOnTermination: boolean
}

export interface Server {
  readonly id: string
  /** Place in the order of creation. */
  readonly serial: number
  readonly projectId: string
  readonly userId: string
  flavor: Flavor
  /** `undefined`: boots from a volume. */
  imageId: string | undefined
  /** What the image says its machines are. */
  architecture: string | undefined
  readonly reservationId: string
  readonly launchIndex: number
  userData: string | null
  keyName: string | null
  readonly configDrive: boolean
  requestedZone: string | undefined
  readonly requestedNetworks: readonly RequestedNetwork[]
  /** Ids. */
  readonly requestedGroups: readonly string[]
  readonly created: number
  volumes: readonly AttachedVolume[]
  /** Volumes that the build is to make. */
  readonly newVolumes: readonly NewVolume[]
  /** Id of the server group. */
  readonly groupId: string | undefined
  /** What the build is to end with instead of ACTIVE. */
  readonly plannedFault: string | undefined
  diskConfig: string
  name: string
  description: string | null
  hostname: string
  metadata: Record<string, string>
  tags: string[]
  accessIPv4: string
  accessIPv6: string
  zone: string
  host: string | undefined
  vmState: VmState
  taskState: string | null
  /** 0 none, 1 running, 3 paused, 4 shut down, 7 suspended. */
  powerState: number
  updated: number
  launched: number | undefined
  terminated: number | undefined
  fault: Fault | undefined
  locked: boolean
  lockedReason: string | null
  /** Who may unlock: what an administrator of another project locked, only administrators. */
  lockedBy?: 'owner' | 'admin' | undefined
  /** The other end of a move, where there is room for it as well. */
  otherEnd?: OtherEnd | undefined
  /** The snapshot that a shelved server comes back from. */
  shelvedImageId?: string | undefined
  /** What runs on it, once somebody wanted to talk to it. */
  guest?: Guest | undefined
  /** Ports that Nova made and Nova deletes. */
  readonly ownPorts: Set<string>
  /** Tags of interfaces by port. */
  readonly portTags: Map<string, string>
}

/** First where a server goes to; then, until that is confirmed, where it came from. */
export interface OtherEnd {
  readonly host: string
  readonly zone: string
  readonly flavor: Flavor
  readonly migration: Migration
}

export type VmState =
  | 'building'
  | 'active'
  | 'stopped'
  | 'paused'
  | 'suspended'
  | 'rescued'
  | 'resized'
  | 'shelved'
  | 'shelved_offloaded'
  | 'soft-delete'
  | 'error'
  | 'deleted'

const SOFT_REBOOT = { rebooting: 'REBOOT', reboot_pending: 'REBOOT', reboot_started: 'REBOOT' }
const HARD_REBOOT = {
  rebooting_hard: 'HARD_REBOOT',
  reboot_pending_hard: 'HARD_REBOOT',
  reboot_started_hard: 'HARD_REBOOT',
}
const REBUILD = {
  rebuilding: 'REBUILD',
  rebuild_block_device_mapping: 'REBUILD',
  rebuild_spawning: 'REBUILD',
}
const RESIZE = {
  resize_prep: 'RESIZE',
  resize_migrating: 'RESIZE',
  resize_migrated: 'RESIZE',
  resize_finish: 'RESIZE',
}

/** The status of each vm_state, and that of the tasks which show in it. */
const STATUS_OF: Readonly<
  Record<VmState, readonly [status: string, tasks?: Readonly<Record<string, string>>]>
> = {
  building: ['BUILD'],
  active: [
    'ACTIVE',
    {
      ...SOFT_REBOOT,
      ...HARD_REBOOT,
      ...REBUILD,
      ...RESIZE,
      updating_password: 'PASSWORD',
      migrating: 'MIGRATING',
    },
  ],
  stopped: ['SHUTOFF', { ...RESIZE, ...REBUILD }],
  paused: ['PAUSED', { migrating: 'MIGRATING' }],
  suspended: ['SUSPENDED'],
  rescued: ['RESCUE'],
  resized: ['VERIFY_RESIZE', { resize_reverting: 'REVERT_RESIZE' }],
  shelved: ['SHELVED'],
  shelved_offloaded: ['SHELVED_OFFLOADED'],
  'soft-delete': ['SOFT_DELETED'],
  error: ['ERROR', REBUILD],
  deleted: ['DELETED'],
}

/** The status of the API, from both states. */
export function statusOf({ vmState, taskState }: Server): string {
  const [status, tasks] = STATUS_OF[vmState]
  return tasks?.[taskState ?? ''] ?? status
}

/** Statuses that a filter may name; those that no server here can have match nothing. */
export const STATUSES = [
  'ACTIVE',
  'BUILD',
  'DELETED',
  'ERROR',
  'HARD_REBOOT',
  'MIGRATING',
  'PASSWORD',
  'PAUSED',
  'REBOOT',
  'REBUILD',
  'RESCUE',
  'RESIZE',
  'REVERT_RESIZE',
  'SHELVED',
  'SHELVED_OFFLOADED',
  'SHUTOFF',
  'SOFT_DELETED',
  'SUSPENDED',
  'UNKNOWN',
  'VERIFY_RESIZE',
]
