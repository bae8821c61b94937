/** Security groups that are there twice, go while they are used, or were never asked for. */

import { supportsInstanceFirewall } from 'cloud-environs'
import type { IngressRule } from 'cloud-environs/provider'
import { describe, expect, it } from 'vitest'
import { connected, embeddedModel } from '../peer-faults/embedded-model.ts'

const tcp = (port: number): IngressRule => ({ protocol: 'tcp', fromPort: port, toPort: port })

async function guarded({ start }: Awaited<ReturnType<typeof embeddedModel>>) {
  const { instance } = await start()
  if (!supportsInstanceFirewall(instance)) throw new Error('the instance has no firewall')
  return instance
}

describe('the group "default"', () => {
  const users = [{ name: 'demo', password: 'c4n4ry-of-demo', projects: ['demo'], roles: ['admin'] }]

  it('is that of the project, also for an administrator, who sees those of all projects', async () => {
    const config = { network: 'private', 'use-default-secgroup': true }
    const model = await embeddedModel({ users }, { config })
    const { cloud, connection } = model
    // Neutron makes it when somebody of the project first looks.
    await (await connected(cloud, 'alt_demo')).network.securityGroups.all()
    const all = await connection.network.securityGroups.all({ name: 'default' })
    expect(all.length).toBeGreaterThan(1)
    const project = (await connection.identity.authenticate()).project?.id
    const instance = await guarded(model)
    const [port] = await connection.network.ports.all({ deviceId: instance.id })
    const standard = all.filter(({ id }) => port?.securityGroups.includes(id))
    expect(standard.map(({ projectId }) => projectId)).toEqual([project])
  })

  it('is one and the same when there are two', async () => {
    const config = { network: 'private', 'use-default-secgroup': true }
    const model = await embeddedModel({}, { config })
    const { cloud, connection, environ } = model
    const [own] = await connection.network.securityGroups.all({ name: 'default' })
    const wire = ({ id, projectId }: { id: string; projectId?: string | undefined }) => ({
      id,
      name: 'default',
      description: '',
      project_id: projectId,
      security_group_rules: [],
    })
    const later = { ...own, id: `ffffffff${crypto.randomUUID().slice(8)}` }
    cloud.faults.add({
      method: 'GET',
      path: /\/security-groups\?.*name=default/,
      action: { status: 200, body: { security_groups: own ? [wire(later), wire(own)] : [] } },
    })
    const instance = await guarded(model)
    const [port] = await connection.network.ports.all({ deviceId: instance.id })
    expect(port?.securityGroups).toContain(own?.id)
    expect(await environ.allInstances()).toHaveLength(1)
  })
})

describe('rules', () => {
  it('that somebody else deletes meanwhile do not keep the others open', async () => {
    const model = await embeddedModel()
    const { firewall } = await guarded(model)
    await firewall.openPorts([tcp(80), tcp(81), tcp(82)])
    const gone = model.cloud.faults.add({
      method: 'DELETE',
      path: /\/security-group-rules\//,
      action: 'reset-after',
    })
    await firewall.closePorts([tcp(80), tcp(81)])
    expect(gone.hits).toBe(1)
    const { securityGroupRules } = model.connection.network
    const [rule] = (await securityGroupRules.all()).filter(({ portRangeMin }) => portRangeMin === 82)
    await securityGroupRules.delete(rule?.id ?? '')
    await firewall.closePorts([tcp(82)])
    expect(await firewall.ports()).toEqual([])
  })

  it('of a group that is gone are none, and closing them is no error', async () => {
    const model = await embeddedModel()
    const instance = await guarded(model)
    await instance.firewall.openPorts([tcp(80)])
    await model.environ.stopInstances([instance.id])
    await instance.firewall.closePorts([tcp(80)])
    await instance.firewall.openPorts([tcp(80)])
    expect(await instance.firewall.ports()).toEqual([])
  })
})

describe('what Nova is asked for', () => {
  it('are groups by id: names may stand for several', async () => {
    const model = await embeddedModel()
    const { connection, environ, controllerUuid } = model
    const { securityGroups } = connection.network
    const name = `juju-${controllerUuid}-${environ.config().uuid}`
    await Promise.all([securityGroups.create({ name }), securityGroups.create({ name })])
    const instance = await guarded(model)
    const [port] = await connection.network.ports.all({ deviceId: instance.id })
    expect(port?.securityGroups).toHaveLength(2)
    await environ.destroy()
    expect((await securityGroups.all({ name })).length).toBe(0)
  })
})
