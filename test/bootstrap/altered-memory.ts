import type { Environ, ProviderPlugin } from 'cloud-environs'
import { type MemoryCloud, memory } from 'cloud-environs/providers/memory'

/** Replaces some members of an environ; `original` is how they were. */
type Alter = (original: Environ) => Partial<Environ>

export const alteredMemory = (cloud: MemoryCloud, alter: Alter): ProviderPlugin =>
  altered(memory(cloud), alter)

/** A provider whose environs have some members replaced. */
export function altered(plugin: ProviderPlugin, alter: Alter): ProviderPlugin {
  return {
    ...plugin,
    create(services) {
      const provider = plugin.create(services)
      const open = provider.open.bind(provider)
      return Object.assign(provider, {
        open: async (params: Parameters<typeof open>[0]) => {
          const environ = await open(params)
          // The original reaches the members of the prototype, which the altered ones hide.
          const original = new Proxy(environ, {
            get: (target, name) => {
              const value: unknown = Reflect.get(Object.getPrototypeOf(target) as object, name, target)
              return typeof value === 'function' ? (value.bind(target) as unknown) : value
            },
          })
          return Object.assign(environ, alter(original))
        },
      })
    },
  }
}
