import type { AttributeSet } from './attributes.ts'

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

/** Architectures, in Juju's words. */
export const ARCHITECTURES = ['amd64', 'arm64', 'armhf', 'i386', 'ppc64el', 'riscv64', 's390x'] as const

/** A name of a space, `^` before it or not. */
const SPACE = { pattern: /^\^?[a-z0-9]+(?:-[a-z0-9]+)*$/, wanted: 'a list of spaces such as db,^dmz' }

/** All constraints. */
export const CONSTRAINTS: AttributeSet<Constraints> = {
  noun: 'constraint',
  keys: [
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
    { name: 'spaces', field: 'spaces', kind: 'list', items: SPACE },
    { name: 'virt-type', field: 'virtType', kind: 'text' },
    { name: 'zones', field: 'zones', kind: 'list' },
    { name: 'allocate-public-ip', field: 'allocatePublicIp', kind: 'boolean' },
    { name: 'image-id', field: 'imageId', kind: 'text' },
  ],
}

/** The spaces to be in and the spaces to keep out of (Juju: `IncludeSpaces`, `ExcludeSpaces`). */
export function wantedSpaces({ spaces = [] }: Constraints): {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
} {
  const avoided = spaces.filter((space) => space.startsWith('^'))
  return {
    include: spaces.filter((space) => !avoided.includes(space)),
    exclude: avoided.map((space) => space.slice(1)),
  }
}

/** Whether a constraint asks for anything: an empty or zero value only cancels a fallback. */
export function isWanted(value: Constraints[keyof Constraints]): boolean {
  return value !== undefined && value !== '' && value !== 0 && !(Array.isArray(value) && value.length === 0)
}
