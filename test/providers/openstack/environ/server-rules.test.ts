/** The rules of the server service, on the OpenStack under test. */

import { type ServerHost } from '../../../servers/host.ts'
import { serverRules } from '../../../servers/server-rules.ts'
import { cloudUnderTest } from '../cloud-under-test.ts'

/** No two runs on one cloud meet. */
const PREFIX = `server-rules-${crypto.randomUUID().slice(0, 8)}`

const MIB_PER_GIB = 1024

/** The cloud as a host. Its networks, groups and images go with it, once no server is on them. */
async function openstackHost(): Promise<ServerHost> {
  const cloud = await cloudUnderTest()
  const { compute, image, network } = cloud.connection
  const { networks, subnets, routers, ports, securityGroups } = network
  const { images } = image
  const [[cirros], flavors, [external]] = await Promise.all([
    images.all({ name: 'cirros' }),
    compute.flavors.all(),
    networks.all({ external: true }),
  ])
  /** What removes what was made, the latest first. */
  const undo: (() => Promise<unknown>)[] = []
  const gateway = { networkId: external?.id ?? '' }
  const { id: routerId } = await routers.create({ name: PREFIX, externalGatewayInfo: gateway })
  undo.unshift(() => routers.delete(routerId))
  let nets = 0
  return {
    ...cloud,
    flavor: flavors.find(({ name }) => name === 'm1.tiny')?.id ?? '',
    image: cirros?.id ?? '',
    network: async () => {
      const { id: networkId } = await networks.create({ name: PREFIX })
      undo.unshift(() => networks.delete(networkId))
      const cidr = `10.78.${nets++}.0/24`
      const { id: subnetId } = await subnets.create({ networkId, cidr, ipVersion: 4, name: PREFIX })
      await routers.addInterface(routerId, { subnetId })
      undo.unshift(() => routers.removeInterface(routerId, { subnetId }))
      return networkId
    },
    port: async (networkId, name) => {
      const { id } = await ports.create({ networkId, name })
      return async () => {
        await ports.delete(id)
      }
    },
    securityGroup: async () => {
      const { id } = await securityGroups.create({ name: PREFIX })
      undo.unshift(() => securityGroups.delete(id))
      return id
    },
    newImage: async ({ pending = false, arch, minDisk = 0, virtType }) => {
      const { id } = await images.create({
        name: PREFIX,
        diskFormat: 'raw',
        containerFormat: 'bare',
        minDisk: Math.ceil(minDisk / MIB_PER_GIB),
        properties: {
          architecture: arch ?? 'x86_64',
          ...(virtType === undefined ? {} : { hypervisor_type: virtType }),
        },
      })
      undo.unshift(() => images.delete(id))
      if (!pending) await images.upload(id, Buffer.from(PREFIX))
      return id
    },
    dispose: async () => {
      for (const step of undo) await step()
      await cloud.dispose()
    },
  }
}

serverRules('OpenStack', openstackHost)
