import { MemoryCloud, memory } from 'cloud-environs/providers/memory'
import type { ProviderUnderTest } from 'cloud-environs/testing'
import type { ProviderPlugin } from 'cloud-environs/provider'

/** The memory provider, on a cloud of its own; `change` makes another provider of it. */
export function memoryUnderTest(
  change: (plugin: ProviderPlugin, cloud: MemoryCloud) => ProviderPlugin = (plugin) => plugin,
): ProviderUnderTest {
  const cloud = new MemoryCloud()
  return {
    plugin: change(memory(cloud), cloud),
    cloud: {
      type: 'memory',
      name: 'memory',
      region: 'memory',
      credential: { authType: 'empty', attributes: {} },
    },
    hosting: { networkId: 'network-1', imageId: 'ubuntu-24.04', instanceTypeId: 'small' },
    inventory: () => [
      ...cloud.machines().map(({ id, name }) => `${name} ${id}`),
      ...cloud.volumes().map(({ id }) => id),
      ...cloud.snapshots().map(({ id }) => id),
      ...cloud.groups(),
    ],
  }
}
