import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { type Json, list, login, NEUTRON, pick, type Rest, seedOf } from './rest.ts'

let cloud: EmbeddedOpenStack
let demo: Rest
let network: string
let external: string

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ quotas: { securityGroups: 4 } })
  demo = await login(cloud)
  ;({ network, external } = await seedOf(demo))
})
afterAll(() => cloud.close())

async function create(key: string, fields: Json): Promise<Json> {
  const answer = await demo.post(`${NEUTRON}/${key.replaceAll('_', '-')}s`, { [key]: fields })
  expect(answer.status, answer.text).toBe(201)
  return pick(answer.body, key) as Json
}

const fault = (body: unknown): unknown => pick(body, 'NeutronError', 'type')

describe('security groups', () => {
  it('exist as default, with Neutron’s four rules, and have two when they are new', async () => {
    const { body } = await demo.get(`${NEUTRON}/security-groups?name=default`)
    const rules = list(list(body, 'security_groups')[0], 'security_group_rules')
    expect(
      rules.map(({ direction, ethertype }) => `${String(direction)} ${String(ethertype)}`).sort(),
    ).toEqual(['egress IPv4', 'egress IPv6', 'ingress IPv4', 'ingress IPv6'])
    const group = await create('security_group', { name: 'web' })
    expect(list(group, 'security_group_rules').map(({ direction }) => direction)).toEqual([
      'egress',
      'egress',
    ])
    expect((await demo.delete(`${NEUTRON}/security-groups/${String(group['id'])}`)).status).toBe(204)
  })

  it('refuse a rule that they have, naming it, and a second one of a bulk with all of it', async () => {
    const group = await create('security_group', { name: 'web' })
    const rule = {
      security_group_id: group['id'],
      direction: 'ingress',
      ethertype: 'IPv4',
      protocol: 'tcp',
      port_range_min: 80,
      port_range_max: 80,
      remote_ip_prefix: '10.0.0.0/8',
    }
    const made = await create('security_group_rule', rule)
    const again = await demo.post(`${NEUTRON}/security-group-rules`, { security_group_rule: rule })
    expect([again.status, fault(again.body)]).toEqual([409, 'SecurityGroupRuleExists'])
    expect(pick(again.body, 'NeutronError', 'message')).toContain(made['id'])
    const bulk = await demo.post(`${NEUTRON}/security-group-rules`, {
      security_group_rules: [{ ...rule, port_range_min: 81, port_range_max: 81 }, rule],
    })
    expect(bulk.status).toBe(409)
    const { body } = await demo.get(
      `${NEUTRON}/security-group-rules?security_group_id=${String(group['id'])}&protocol=tcp`,
    )
    expect(list(body, 'security_group_rules')).toHaveLength(1)
    await demo.delete(`${NEUTRON}/security-groups/${String(group['id'])}`)
  })

  it.each([
    [{ protocol: 'tcp', port_range_min: 90, port_range_max: 80 }, 'SecurityGroupInvalidPortRange'],
    [{ protocol: 'carrier-pigeon' }, 'SecurityGroupRuleInvalidProtocol'],
    [{ port_range_min: 80, port_range_max: 80 }, 'SecurityGroupProtocolRequiredWithPorts'],
    [{ ethertype: 'IPv4', remote_ip_prefix: 'fd00::/64' }, 'SecurityGroupRuleParameterConflict'],
  ])('refuse the rule %j as %s', async (fields, type) => {
    const group = await create('security_group', { name: 'web' })
    const answer = await demo.post(`${NEUTRON}/security-group-rules`, {
      security_group_rule: { security_group_id: group['id'], direction: 'ingress', ...fields },
    })
    expect([answer.status, fault(answer.body)]).toEqual([400, type])
    await demo.delete(`${NEUTRON}/security-groups/${String(group['id'])}`)
  })

  it('cannot go while a port uses them, and are not more than the quota', async () => {
    const group = await create('security_group', { name: 'used' })
    const port = await create('port', { network_id: network, security_groups: [group['id']] })
    const path = `${NEUTRON}/security-groups/${String(group['id'])}`
    const used = await demo.delete(path)
    expect([used.status, fault(used.body)]).toEqual([409, 'SecurityGroupInUse'])
    await demo.delete(`${NEUTRON}/ports/${String(port['id'])}`)
    expect((await demo.delete(path)).status).toBe(204)
    expect((await demo.delete(path)).status).toBe(404)

    const made = [
      await create('security_group', { name: 'a' }),
      await create('security_group', { name: 'a' }),
      await create('security_group', { name: 'a' }),
    ]
    const over = await demo.post(`${NEUTRON}/security-groups`, { security_group: { name: 'a' } })
    expect([over.status, fault(over.body)]).toEqual([409, 'OverQuota'])
    await Promise.all(made.map(({ id }) => demo.delete(`${NEUTRON}/security-groups/${String(id)}`)))
  })
})

describe('ports', () => {
  it('get addresses of their own, in pages with links', async () => {
    const ports = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => create('port', { network_id: network, name: `p${n}` })),
    )
    const addresses = ports.map((port) => pick(port, 'fixed_ips', 0, 'ip_address'))
    expect(new Set(addresses).size).toBe(5)

    const taken = await demo.post(`${NEUTRON}/ports`, {
      port: { network_id: network, fixed_ips: [{ ip_address: addresses[0] }] },
    })
    expect([taken.status, fault(taken.body)]).toEqual([409, 'IpAddressAlreadyAllocated'])

    const seen: unknown[] = []
    let next: string | undefined = `${NEUTRON}/ports?limit=2&network_id=${network}&sort_key=name&sort_dir=asc`
    while (next) {
      const { body } = await demo.get(next)
      seen.push(...list(body, 'ports').map(({ name }) => name))
      next = (pick(body, 'ports_links') as { rel: string; href: string }[] | undefined)?.find(
        ({ rel }) => rel === 'next',
      )?.href
    }
    expect(seen.filter((name) => /^p\d$/.test(String(name)))).toEqual(['p1', 'p2', 'p3', 'p4', 'p5'])

    const either = await demo.get(`${NEUTRON}/ports?name=p1&name=p3&fields=name`)
    expect(list(either.body, 'ports')).toEqual(expect.arrayContaining([{ name: 'p1' }, { name: 'p3' }]))
    await Promise.all(ports.map(({ id }) => demo.delete(`${NEUTRON}/ports/${String(id)}`)))
  })

  it('keep their network from going', async () => {
    const own = await create('network', { name: 'own' })
    await create('subnet', { network_id: own['id'], ip_version: 4, cidr: '10.99.0.0/24' })
    const port = await create('port', { network_id: own['id'] })
    const path = `${NEUTRON}/networks/${String(own['id'])}`
    const used = await demo.delete(path)
    expect([used.status, fault(used.body)]).toEqual([409, 'NetworkInUse'])
    await demo.delete(`${NEUTRON}/ports/${String(port['id'])}`)
    expect((await demo.delete(path)).status).toBe(204)
  })
})

describe('floating IPs', () => {
  it('are associated with a port in one call, where a router leads to it', async () => {
    const port = await create('port', { network_id: network })
    const ip = await create('floatingip', { floating_network_id: external, port_id: port['id'] })
    expect(ip).toMatchObject({
      port_id: port['id'],
      fixed_ip_address: pick(port, 'fixed_ips', 0, 'ip_address'),
    })

    const apart = await create('network', { name: 'apart' })
    await create('subnet', { network_id: apart['id'], ip_version: 4, cidr: '10.98.0.0/24' })
    const lonely = await create('port', { network_id: apart['id'] })
    const refused = await demo.post(`${NEUTRON}/floatingips`, {
      floatingip: { floating_network_id: external, port_id: lonely['id'] },
    })
    expect([refused.status, fault(refused.body)]).toEqual([404, 'ExternalGatewayForFloatingIPNotFound'])

    for (const path of ['floatingips', 'ports'] as const) {
      const { body } = await demo.get(`${NEUTRON}/${path}?project_id=${String(port['project_id'])}`)
      const own = list(body, path).filter(({ id }) => [ip['id'], port['id'], lonely['id']].includes(id))
      for (const { id } of own)
        expect((await demo.delete(`${NEUTRON}/${path}/${String(id)}`)).status).toBe(204)
    }
    expect((await demo.delete(`${NEUTRON}/networks/${String(apart['id'])}`)).status).toBe(204)
    expect(cloud.inventory().demo).toMatchObject({ ports: [], floatingIps: [], securityGroups: [] })
  })
})

describe('what is another project’s', () => {
  it('is not there', async () => {
    const port = await create('port', { network_id: network })
    const alt = await login(cloud, 'alt_demo')
    expect((await alt.get(`${NEUTRON}/ports/${String(port['id'])}`)).status).toBe(404)
    expect((await alt.delete(`${NEUTRON}/ports/${String(port['id'])}`)).status).toBe(404)
    expect(list((await alt.get(`${NEUTRON}/networks`)).body, 'networks').map(({ name }) => name)).toEqual([
      'public',
    ])
    await demo.delete(`${NEUTRON}/ports/${String(port['id'])}`)
  })
})
