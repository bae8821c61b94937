/** What is wanted of a machine (Juju: `constraints.Value`). */
export interface Constraints {
  /** `amd64`, `arm64`, … */
  readonly arch?: string
  readonly container?: string
  readonly cores?: number
  readonly cpuPower?: number
  /** MiB. */
  readonly mem?: number
  /** MiB. */
  readonly rootDisk?: number
  readonly rootDiskSource?: string
  readonly instanceRole?: string
  readonly instanceType?: string
  readonly tags?: readonly string[]
  /** Space names; one that starts with `^` is to be avoided. */
  readonly spaces?: readonly string[]
  readonly virtType?: string
  readonly zones?: readonly string[]
  readonly allocatePublicIp?: boolean
  readonly imageId?: string
}

/** Kinds of constraint, as they are written. */
export type ConstraintKind = 'text' | 'count' | 'size' | 'list' | 'boolean'

/** One constraint. */
export interface ConstraintKey {
  /** As users write it: `root-disk`. */
  readonly name: string
  readonly field: keyof Constraints
  readonly kind: ConstraintKind
  readonly aliases?: readonly string[]
  readonly values?: readonly string[]
}

/** Architectures, in Juju's words. */
export const ARCHITECTURES = ['amd64', 'arm64', 'armhf', 'i386', 'ppc64el', 'riscv64', 's390x'] as const

/** All constraints, in the order they print in. */
export const CONSTRAINT_KEYS: readonly ConstraintKey[] = [
  { name: 'arch', field: 'arch', kind: 'text', values: ARCHITECTURES },
  { name: 'container', field: 'container', kind: 'text', values: ['none', 'lxd', 'kvm'] },
  { name: 'cores', field: 'cores', kind: 'count', aliases: ['cpu-cores'] },
  { name: 'cpu-power', field: 'cpuPower', kind: 'count' },
  { name: 'instance-role', field: 'instanceRole', kind: 'text' },
  { name: 'instance-type', field: 'instanceType', kind: 'text' },
  { name: 'mem', field: 'mem', kind: 'size' },
  { name: 'root-disk', field: 'rootDisk', kind: 'size' },
  { name: 'root-disk-source', field: 'rootDiskSource', kind: 'text' },
  { name: 'tags', field: 'tags', kind: 'list' },
  { name: 'spaces', field: 'spaces', kind: 'list' },
  { name: 'virt-type', field: 'virtType', kind: 'text' },
  { name: 'zones', field: 'zones', kind: 'list' },
  { name: 'allocate-public-ip', field: 'allocatePublicIp', kind: 'boolean' },
  { name: 'image-id', field: 'imageId', kind: 'text' },
]

/** Whether a constraint asks for anything: an empty or zero value only cancels a fallback. */
export function isWanted(value: Constraints[keyof Constraints]): boolean {
  return value !== undefined && value !== '' && value !== 0 && !(Array.isArray(value) && value.length === 0)
}
