/** Clouds with no network, one, several of one name, several ways out, or no network service at all. */

import { findError, NotFoundError, NotValidError, supportsInstanceFirewall } from 'cloud-environs'
import { applyAttributes, supportsModelFirewall } from 'cloud-environs/provider'
import { describe, expect, it } from 'vitest'
import { failure } from '../api/cloud-double.ts'
import { embeddedModel, left } from '../peer-faults/embedded-model.ts'

const subnets = (cidr: string) => ({ subnets: [{ cidr }] })
const PUBLIC = { name: 'public', external: true, ...subnets('172.24.0.0/16') }
const PRIVATE = { name: 'private', ...subnets('10.20.0.0/16') }
const withAddress = { constraints: { allocatePublicIp: true } }
const none = { config: {} }

describe('a model that names no network', () => {
  it('starts machines where there is none at all: the cloud decides', async () => {
    const { start, connection } = await embeddedModel({ networks: [] }, none)
    const { instance } = await start()
    expect(await connection.network.ports.all({ deviceId: instance.id })).toEqual([])
  })

  it('starts them on the only internal one, with a way out over the only external one', async () => {
    const { start } = await embeddedModel({ networks: [PUBLIC, PRIVATE] }, none)
    const [outside, inside] = await (await start(withAddress)).instance.addresses()
    expect([outside?.scope, inside?.networkName]).toEqual(['public', 'private'])
  })

  it('starts them on all of several', async () => {
    const second = { name: 'second', ...subnets('10.30.0.0/16') }
    const { start, connection } = await embeddedModel({ networks: [PUBLIC, PRIVATE, second] }, none)
    const { instance } = await start()
    expect(await connection.network.ports.all({ deviceId: instance.id })).toHaveLength(2)
  })
})

describe('an administrator', () => {
  const users = [{ name: 'demo', password: 'c4n4ry-of-demo', projects: ['demo'], roles: ['admin'] }]
  const foreign = { ...PRIVATE, project: 'alt_demo' }

  it.each([['private'], ['']])(
    'starts no machine on a network of another project, with network=%j',
    async (network) => {
      const options = { users, networks: [foreign, PRIVATE] }
      const { start, connection } = await embeddedModel(options, { config: { network } })
      const own = await connection.network.networks.all({ name: 'private' })
      expect(own).toHaveLength(2)
      const { instance } = await start()
      const ports = await connection.network.ports.all({ deviceId: instance.id })
      const project = (await connection.identity.authenticate()).project?.id
      expect(ports.map(({ networkId }) => own.find(({ id }) => id === networkId)?.projectId)).toEqual([
        project,
      ])
    },
  )

  it('starts them on one that is open to all', async () => {
    const { start } = await embeddedModel({ users, networks: [{ ...foreign, shared: true }] })
    expect((await start()).instance.status.state).toBe('running')
  })
})

describe('a network without port security', () => {
  it('takes machines that have no ports to open; those of the model can be, all the same', async () => {
    const open = { ...PRIVATE, portSecurityEnabled: false }
    const { cloud, environ, start } = await embeddedModel({ networks: [PUBLIC, open] })
    const { instance } = await start()
    if (!supportsInstanceFirewall(instance) || !supportsModelFirewall(environ)) throw new Error('no firewall')
    for (const firewall of [instance.firewall, environ.modelFirewall]) {
      await firewall.openPorts([{ protocol: 'tcp', fromPort: 22, toPort: 22 }])
      await firewall.closePorts([{ protocol: 'tcp', fromPort: 22, toPort: 22 }])
      expect(await firewall.ports()).toEqual([])
    }
    await environ.destroy()
    expect(left(cloud)).toEqual([])
  })
})

describe('an external network', () => {
  it('takes machines when it is named by its id', async () => {
    const shared = { ...PUBLIC, project: 'demo', shared: true }
    const { environ, start, connection } = await embeddedModel({ networks: [shared, PRIVATE] })
    const [external] = await connection.network.networks.all({ name: 'public' })
    await environ.setConfig(await applyAttributes(environ.config(), { network: external?.id }))
    const { instance } = await start()
    const [address] = await instance.addresses()
    expect(address).toMatchObject({ networkName: 'public', scope: 'public' })
  })

  it('is refused when several have its name, with their ids', async () => {
    const other = { ...PUBLIC, ...subnets('172.25.0.0/16') }
    const config = { network: 'private', 'external-network': 'public' }
    const { cloud, environ, start } = await embeddedModel({ networks: [PUBLIC, other, PRIVATE] }, { config })
    const error = findError(await failure(start(withAddress)), NotValidError)
    expect(error?.message).toContain('external network "public" names several networks')
    expect(error?.hint?.match(/public \([0-9a-f-]{36}\)/g)).toHaveLength(2)
    expect(await environ.allInstances()).toEqual([])
    expect(cloud.requests.count('POST', /\/(servers|floatingips|security-groups)$/)).toBe(0)
  })

  it('is the one that a router leads to, whatever others there are', async () => {
    const other = { name: 'elsewhere', external: true, ...subnets('172.25.0.0/16') }
    const { start, connection } = await embeddedModel({ networks: [other, PUBLIC, PRIVATE] })
    const [router] = await connection.network.routers.all({ name: 'router1' })
    const { instance } = await start(withAddress)
    const [floatingIp] = await connection.network.floatingIps.all()
    expect((await instance.addresses())[0]?.value).toBe(floatingIp?.floatingIpAddress)
    expect(floatingIp?.floatingNetworkId).toBe(router?.externalGatewayInfo?.networkId)
  })

  it('that is not there gives no public address, and machines without one start', async () => {
    const { start, environ } = await embeddedModel({ networks: [PRIVATE] })
    const error = findError(await failure(start(withAddress)), NotFoundError)
    expect(error?.message).toContain('no external network')
    expect(await environ.allInstances()).toEqual([])
    await start()
  })
})

describe('a cloud without a network service', () => {
  it('is refused before a controller is bootstrapped on it, by the name of the service', async () => {
    const { cloud, controller } = await embeddedModel()
    const tokens = await fetch(`${cloud.authUrl}/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: 'demo', domain: { id: 'default' }, password: 'c4n4ry-of-demo' } },
          },
          scope: { project: { name: 'demo', domain: { id: 'default' } } },
        },
      }),
    })
    const { token } = (await tokens.json()) as { token: { catalog: { type: string }[] } }
    const catalog = token.catalog.filter(({ type }) => type !== 'network')
    const stripped = cloud.faults.add({
      method: 'POST',
      path: /\/auth\/tokens$/,
      times: Number.POSITIVE_INFINITY,
      action: {
        status: 201,
        headers: { 'x-subject-token': tokens.headers.get('x-subject-token') ?? '' },
        body: { token: { ...token, catalog } },
      },
    })
    const error = findError(await failure(controller()), NotFoundError)
    stripped.remove()
    expect(error?.message).toContain('network')
    expect(error?.hint).toBeTruthy()
    expect(cloud.requests.count('POST', /\/(servers|security-groups)$/)).toBe(0)
  })
})
