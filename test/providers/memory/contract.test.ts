import { MemoryCloud, memory } from 'cloud-environs/providers/memory'
import { environContract } from '../../environ-contract.ts'

environContract('memory', async () => {
  const cloud = new MemoryCloud()
  return {
    plugin: memory(cloud),
    cloud: {
      type: 'memory',
      name: 'memory',
      region: 'memory',
      credential: { authType: 'empty', attributes: {} },
    },
    leftovers: async () => [
      ...cloud.machines().map(({ name }) => name),
      ...cloud.volumes().map(({ id }) => id),
      ...cloud.groups(),
    ],
    dispose: async () => undefined,
  }
})
