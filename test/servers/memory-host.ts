import { MemoryCloud, memory } from 'cloud-environs/providers/memory'
import type { ServerHost } from './host.ts'

const HOME = { organization: 'default', project: 'default', region: 'memory' }

/** The cloud in memory as a host. */
export function memoryHost(cloud: MemoryCloud = new MemoryCloud()): ServerHost {
  let serial = 0
  const next = (kind: string): string => `${kind}-${++serial}-of-test`
  return {
    plugin: memory(cloud),
    cloud: {
      type: 'memory',
      name: 'memory',
      region: 'memory',
      credential: { authType: 'empty', attributes: {} },
    },
    flavor: 'small',
    image: 'ubuntu-24.04',
    network: async () => {
      const id = next('network')
      cloud.networks = [...cloud.networks, { id, name: id, scope: HOME }]
      return id
    },
    port: async (networkId, name) => {
      const id = next('port')
      cloud.ports = [...cloud.ports, { id, name, networkId }]
      return async () => {
        cloud.ports = cloud.ports.filter((port) => port.id !== id)
      }
    },
    securityGroup: async () => {
      const id = next('group')
      cloud.securityGroups = [...cloud.securityGroups, { id, name: id, project: HOME.project }]
      return id
    },
    foreignSecurityGroup: async () => {
      const id = next('group')
      cloud.securityGroups = [...cloud.securityGroups, { id, name: id, project: 'another' }]
      return id
    },
    newImage: async ({ pending = false, ...wanted }) => {
      const id = next('image')
      const made = { id, arch: 'amd64', os: 'ubuntu', version: '24.04', ...wanted }
      cloud.images = [
        ...cloud.images,
        { ...made, tags: { flavour: 'plain' }, state: pending ? 'pending' : 'ready' },
      ]
      return id
    },
    leftovers: async () => cloud.machines().map(({ name }) => name),
    dispose: async () => undefined,
  }
}
