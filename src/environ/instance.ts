import type { Firewall } from './firewaller.ts'
import type { Address } from './network.ts'
import type { CallOptions } from './options.ts'

/** The cloud's own id of an instance. */
export type InstanceId = string

/** Where an instance is in its life, in Juju's words. */
export type InstanceState = 'allocating' | 'running' | 'stopped' | 'provisioning-error' | 'unknown'

/** Status of an instance: Juju's state and the cloud's own words. */
export interface InstanceStatus {
  readonly state: InstanceState
  /** The cloud's status, with its fault text when there is one. */
  readonly message: string
}

/** An instance of a cloud, as it was when it was read. */
export interface Instance {
  readonly id: InstanceId
  /** The name that the cloud's own tools show. */
  readonly displayName: string
  readonly status: InstanceStatus
  readonly availabilityZone?: string
  readonly tags: Readonly<Record<string, string>>
  /** Host keys that it had before it was started, as lines of `known_hosts` without the host. Absent: it has those that it was given. */
  readonly sshHostKeys?: readonly string[]
  /** Asks the cloud for the addresses it has now; empty while there are none. */
  addresses(options?: CallOptions): Promise<readonly Address[]>
}

/** An instance with ports of its own to open, in firewall mode `instance` (Juju 2.x: `InstanceFirewaller`). */
export interface InstanceFirewaller {
  /** The firewall of the machine that this instance was started for. */
  readonly firewall: Firewall
}

/** What an instance is made of (Juju: `instance.HardwareCharacteristics`). */
export interface HardwareCharacteristics {
  readonly arch?: string
  readonly cpuCores?: number
  /** MiB. */
  readonly mem?: number
  /** MiB. */
  readonly rootDisk?: number
  readonly rootDiskSource?: string
  readonly cpuPower?: number
  readonly tags?: readonly string[]
  readonly availabilityZone?: string
  readonly virtType?: string
  readonly instanceType?: string
}
