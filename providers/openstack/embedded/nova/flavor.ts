import type { FlavorOption } from '../options.ts'

export interface Flavor {
  readonly id: string
  readonly name: string
  /** MiB. */
  readonly ram: number
  readonly vcpus: number
  /** GiB. */
  readonly disk: number
  readonly ephemeral: number
  readonly swap: number
  readonly rxtxFactor: number
  readonly isPublic: boolean
  readonly description: string | null
  readonly extraSpecs: Readonly<Record<string, string>>
}

export function readFlavors(options: readonly FlavorOption[]): Map<string, Flavor> {
  const flavors = options.map(
    (option, index): Flavor => ({
      id: option.id ?? String(index + 1),
      name: option.name,
      ram: option.ram,
      vcpus: option.vcpus,
      disk: option.disk,
      ephemeral: option.ephemeral ?? 0,
      swap: option.swap ?? 0,
      rxtxFactor: 1,
      description: null,
      isPublic: option.isPublic !== false,
      extraSpecs: option.extraSpecs ?? {},
    }),
  )
  return new Map(flavors.map((flavor) => [flavor.id, flavor]))
}
