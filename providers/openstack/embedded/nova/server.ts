import type { Flavor } from './flavor.ts'

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

export interface AttachedVolume {
  readonly id: string
  readonly deleteOnTermination: boolean
}

export interface Server {
  readonly id: string
  /** Place in the order of creation. */
  readonly serial: number
  readonly projectId: string
  readonly userId: string
  readonly flavor: Flavor
  /** `undefined`: boots from a volume. */
  readonly imageId: string | undefined
  /** What the image says its machines are. */
  readonly architecture: string | undefined
  readonly reservationId: string
  readonly launchIndex: number
  readonly userData: string | null
  readonly keyName: string | null
  readonly configDrive: boolean
  readonly requestedZone: string | undefined
  readonly requestedNetworks: readonly RequestedNetwork[]
  /** Ids. */
  readonly requestedGroups: readonly string[]
  readonly created: number
  readonly volumes: readonly AttachedVolume[]
  /** What the build is to end with instead of ACTIVE. */
  readonly plannedFault: string | undefined
  readonly diskConfig: string
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
  /** 0 none, 1 running, 3 paused, 4 shut down. */
  powerState: number
  updated: number
  launched: number | undefined
  terminated: number | undefined
  fault: Fault | undefined
  locked: boolean
  lockedReason: string | null
  /** Ports that Nova made and Nova deletes. */
  readonly ownPorts: Set<string>
  /** Tags of interfaces by port. */
  readonly portTags: Map<string, string>
}

export type VmState = 'building' | 'active' | 'stopped' | 'error' | 'deleted'

/** The status of the API, from both states. */
export function statusOf(server: Server): string {
  switch (server.vmState) {
    case 'building':
      return 'BUILD'
    case 'active':
      if (server.taskState?.startsWith('rebooting_hard')) return 'HARD_REBOOT'
      return server.taskState?.startsWith('reboot') ? 'REBOOT' : 'ACTIVE'
    case 'stopped':
      return server.taskState?.startsWith('rebooting_hard') ? 'HARD_REBOOT' : 'SHUTOFF'
    case 'error':
      return server.taskState?.startsWith('rebooting_hard') ? 'HARD_REBOOT' : 'ERROR'
    case 'deleted':
      return 'DELETED'
  }
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
