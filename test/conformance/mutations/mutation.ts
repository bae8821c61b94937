/** Deliberate defects, planted one at a time in the memory provider, and the case of the kit that finds each. */

import type { Environ, EnvironProvider, Instance, InstanceId } from 'cloud-environs'
import {
  constraintsValidator,
  type Firewall,
  type InstanceTagger,
  type ModelFirewaller,
  type PowerEnviron,
  type ProviderPlugin,
  type ConsoleEnviron,
  type ImageCatalogEnviron,
  type OwnershipEnviron,
  type PublicAddressesEnviron,
  type ServerHostingEnviron,
  type SnapshotEnviron,
  type StartInstanceParams,
  type ZonedEnviron,
  type InstanceSpecExplainer,
} from 'cloud-environs/provider'
import type { MemoryCloud } from 'cloud-environs/providers/memory'

/** All that environs of the memory provider are. */
export type WholeEnviron = Environ &
  InstanceTagger &
  ZonedEnviron &
  ModelFirewaller &
  InstanceSpecExplainer &
  PowerEnviron &
  ConsoleEnviron &
  SnapshotEnviron &
  ImageCatalogEnviron &
  ServerHostingEnviron &
  PublicAddressesEnviron &
  OwnershipEnviron

/** What a defect has to work with. */
export interface Sound<T> {
  /** The members as they were. */
  readonly real: T
  readonly cloud: MemoryCloud
  readonly services: Parameters<ProviderPlugin['create']>[0]
}

/** One defect. */
export interface Mutation {
  readonly defect: string
  /** Id of the case that finds it. */
  readonly foundBy: string
  /** Members of environs, replaced. */
  readonly environ?: (sound: Sound<WholeEnviron>) => object
  /** Members of the provider, replaced. */
  readonly provider?: (sound: Sound<EnvironProvider>) => object
}

/** The object's members as they are now, whatever is put in their place later. */
function asItIs<T extends object>(target: T): T {
  const own = new Map<PropertyKey, unknown>(Object.entries(target))
  const prototype: object = Object.getPrototypeOf(target) as object
  return new Proxy(target, {
    get: (_, key) => {
      const value: unknown = own.has(key) ? own.get(key) : Reflect.get(prototype, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** A capability that is an object, with some of its methods replaced. */
export const partAs = <T extends object>(real: T, change: (real: T) => Partial<T>): T => {
  const sound = asItIs(real)
  return Object.assign(Object.create(sound) as T, change(sound))
}

/** The plug-in with that defect. */
export function mutated(
  { environ, provider }: Mutation,
  plugin: ProviderPlugin,
  cloud: MemoryCloud,
): ProviderPlugin {
  return {
    ...plugin,
    create: (services) => {
      const target = plugin.create(services)
      const real = asItIs(target)
      const open: EnvironProvider['open'] = async (params) => {
        const opened = (await real.open(params)) as WholeEnviron
        return Object.assign(opened, environ?.({ real: asItIs(opened), cloud, services }))
      }
      return Object.assign(target, { open }, provider?.({ real, cloud, services }))
    },
  }
}

/** Environs whose starts are told something else. */
export const startsWith =
  (change: (params: StartInstanceParams) => StartInstanceParams) =>
  ({ real }: Sound<WholeEnviron>): Partial<Environ> => ({
    startInstance: (params, options) => real.startInstance(change(params), options),
  })

/** Environs whose machines get other tags. */
export const tagsWith = (change: (tags: Readonly<Record<string, string>>) => Record<string, string>) =>
  startsWith((params) => ({
    ...params,
    instanceConfig: { ...params.instanceConfig, tags: change(params.instanceConfig.tags) },
  }))

/** Environs whose instances are told otherwise. */
export const toldAs =
  (change: (instance: Instance) => object) =>
  ({ real }: Sound<WholeEnviron>): Partial<Environ> => {
    const as = (instance: Instance): Instance => ({ ...instance, ...change(instance) })
    return {
      startInstance: async (...given) => {
        const started = await real.startInstance(...given)
        return { ...started, instance: as(started.instance) }
      },
      allInstances: async () => (await real.allInstances()).map(as),
      instances: async (ids) => (await real.instances(ids)).map(as),
    }
  }

type WithFirewall = Instance & { readonly firewall: Firewall }

/** Environs whose instances have another firewall. */
export const firewallAs =
  (change: (firewall: Firewall, sound: Sound<WholeEnviron>) => object) =>
  (sound: Sound<WholeEnviron>): Partial<Environ> =>
    toldAs((instance) => {
      const { firewall } = instance as WithFirewall
      const real = asItIs(firewall)
      return { firewall: Object.assign(firewall, change(real, sound)) }
    })(sound)

/** Environs whose volumes are kept otherwise. */
export const volumesAs =
  (
    change: (
      source: ReturnType<Awaited<ReturnType<Environ['storageProvider']>>['volumeSource']>,
      sound: Sound<WholeEnviron>,
    ) => object,
  ) =>
  (sound: Sound<WholeEnviron>): Partial<Environ> => ({
    storageProvider: async (type) => {
      const storage = await sound.real.storageProvider(type)
      const source = storage.volumeSource()
      const real = asItIs(source)
      return { ...storage, volumeSource: () => Object.assign(source, change(real, sound)) }
    },
  })

/** Removes all machines that carry the tag. */
export function removeTagged(cloud: MemoryCloud, tag: string, value: string): void {
  for (const { id, tags } of cloud.machines()) if (tags[tag] === value) cloud.delete(id)
}

/** A validator that has no rules. */
export const noRules = async () => constraintsValidator({})

/** Instances of the ids that there are, in the order of the cloud, each once. */
export async function foundOf(real: WholeEnviron, ids: readonly InstanceId[]): Promise<readonly Instance[]> {
  return (await real.allInstances()).filter(({ id }) => ids.includes(id))
}
