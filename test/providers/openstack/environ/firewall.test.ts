/** Security groups: which there are, whose rules, and what comes of rules that others made. */

import {
  type Environ,
  findError,
  type IngressRule,
  NotValidError,
  supportsInstanceFirewall,
} from 'cloud-environs'
import { supportsModelFirewall } from 'cloud-environs/provider'
import { describe, expect, it } from 'vitest'
import { openModel } from '../../../environ-contract.ts'
import { environSuite } from './suite.ts'

const suite = environSuite()

type Model = Awaited<ReturnType<typeof openModel>>

const model = (options?: Parameters<typeof openModel>[2]): Promise<Model> =>
  openModel(suite.environs, suite.cloud, options)

const namesOf = ({ environ, controllerUuid }: Model) => {
  const prefix = `juju-${controllerUuid}-${environ.config().uuid}`
  return { model: prefix, global: `${prefix}-global`, machine: (id: string) => `${prefix}-${id}` }
}

/** The groups of a model that there are, by name. */
async function groupsOf(of: Model) {
  const all = await suite.cloud.connection.network.securityGroups.all()
  return all
    .filter(({ name }) => name.startsWith(namesOf(of).model))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const groupNamed = async (name: string) => {
  const [group] = await suite.cloud.connection.network.securityGroups.all({ name })
  if (!group) throw new Error(`no group ${name}`)
  return group
}

async function portOf(instanceId: string) {
  const [port] = await suite.cloud.connection.network.ports.all({ deviceId: instanceId })
  if (!port) throw new Error('no port')
  return port
}

/** A machine with a firewall of its own. */
async function guarded(of: Model) {
  const { instance } = await of.start()
  if (!supportsInstanceFirewall(instance)) throw new Error('the instance has no firewall')
  return instance
}

const tcp = (port: number, ...sourceCidrs: string[]): IngressRule => ({
  protocol: 'tcp',
  fromPort: port,
  toPort: port,
  ...(sourceCidrs.length > 0 ? { sourceCidrs } : {}),
})
const ICMP: IngressRule = { protocol: 'icmp', fromPort: -1, toPort: -1 }

describe('the groups of a machine', () => {
  it('are its model’s, which lets the machines reach each other, and its own', async () => {
    const of = await model()
    const [a, b] = [await guarded(of), await guarded(of)]
    const names = namesOf(of)
    const groups = await groupsOf(of)
    expect(groups.map(({ name }) => name)).toEqual([names.model, names.machine('0'), names.machine('1')])
    expect(groups.every(({ description }) => description === 'juju group')).toBe(true)
    const [own, first, second] = groups
    expect((await portOf(a.id)).securityGroups.toSorted()).toEqual(
      [own?.id ?? '', first?.id ?? ''].toSorted(),
    )
    expect((await portOf(b.id)).securityGroups.toSorted()).toEqual(
      [own?.id ?? '', second?.id ?? ''].toSorted(),
    )

    const internal = own?.rules.filter(({ direction }) => direction === 'ingress') ?? []
    expect(internal.every(({ remoteGroupId }) => remoteGroupId === own?.id)).toBe(true)
    expect(internal.map(({ etherType, protocol }) => `${etherType} ${protocol}`).toSorted()).toEqual([
      'IPv4 icmp',
      'IPv4 tcp',
      'IPv4 udp',
      expect.stringMatching(/^IPv6 (ipv6-icmp|icmpv6)$/),
      'IPv6 tcp',
      'IPv6 udp',
    ])
  })

  it('stay the same from one start to the next, and need no rule twice', async () => {
    const of = await model()
    await of.start()
    const before = (await groupsOf(of))[0]
    await Promise.all([of.start(), of.start()])
    const [after] = await groupsOf(of)
    expect(after?.id).toBe(before?.id)
    expect(after?.rules.map(({ id }) => id).toSorted()).toEqual(before?.rules.map(({ id }) => id).toSorted())
  })

  it('end as one when two processes make them at once', async () => {
    const [a, controllerUuid] = [await model(), crypto.randomUUID()]
    const config = a.environ.config()
    const open = () => suite.environs.open({ cloud: suite.cloud.cloud, config, controllerUuid })
    const environs = await Promise.all([open(), open(), open()])
    const opened = await Promise.allSettled(
      environs.map((environ) => {
        if (!supportsModelFirewall(environ)) throw new Error('no model firewall')
        return environ.modelFirewall.openPorts([tcp(22, '10.0.0.0/8')])
      }),
    )
    expect(opened.filter(({ status }) => status === 'rejected')).toEqual([])
    const name = `juju-${controllerUuid}-${config.uuid}`
    const groups = await suite.cloud.connection.network.securityGroups.all({ name })
    expect(groups).toHaveLength(1)
    // Neutron may take one rule from each of them: it is told once, and closing it closes it.
    const [environ] = environs
    if (!environ || !supportsModelFirewall(environ)) throw new Error('no model firewall')
    const ssh = tcp(22, '10.0.0.0/8')
    expect((await environ.modelFirewall.ports()).filter(({ fromPort }) => fromPort === 22)).toHaveLength(1)
    await environ.modelFirewall.closePorts([ssh])
    const [group] = await suite.cloud.connection.network.securityGroups.all({ name })
    expect(group?.rules.filter(({ portRangeMin }) => portRangeMin === 22)).toEqual([])
    await Promise.all(environs.map((environ) => environ[Symbol.asyncDispose]()))
  })

  it('of machine 1 are not those of machine 11', async () => {
    const of = await model()
    const [{ instance: one }, { instance: eleven }] = await Promise.all(
      ['1', '11'].map((machineId) => {
        const { instanceConfig } = of.params()
        const tags = { ...instanceConfig.tags, 'juju-machine-id': machineId }
        return of.start({ instanceConfig: { ...instanceConfig, machineId, tags } })
      }) as [ReturnType<Model['start']>, ReturnType<Model['start']>],
    )
    if (!supportsInstanceFirewall(one) || !supportsInstanceFirewall(eleven)) throw new Error('no firewall')
    await one.firewall.openPorts([tcp(80)])
    expect(await eleven.firewall.ports()).toEqual([])
    await of.environ.stopInstances([one.id])
    const names = namesOf(of)
    expect((await groupsOf(of)).map(({ name }) => name)).toEqual([names.model, names.machine('11')])
    expect(await eleven.firewall.ports()).toEqual([])
  })

  it('are the model’s alone in mode none, where there are no ports to open', async () => {
    const of = await model({ firewallMode: 'none' })
    const instance = await guarded(of)
    const groups = await groupsOf(of)
    expect(groups.map(({ name }) => name)).toEqual([namesOf(of).model])
    expect((await portOf(instance.id)).securityGroups).toEqual([groups[0]?.id])
    for (const call of [of.environ.openPorts([tcp(1)]), instance.firewall.openPorts([tcp(1)])])
      expect(findError(await call.catch((reason: unknown) => reason), NotValidError)?.message).toMatch(
        /invalid firewall mode "none" for opening ports on (model|instance)/,
      )
  })

  it('are the model’s and the shared one in mode global', async () => {
    const of = await model({ firewallMode: 'global' })
    const instance = await guarded(of)
    const groups = await groupsOf(of)
    expect(groups.map(({ name }) => name)).toEqual([namesOf(of).model, namesOf(of).global])
    expect((await portOf(instance.id)).securityGroups.toSorted()).toEqual(
      groups.map(({ id }) => id).toSorted(),
    )
  })

  it('are the project’s default one, too, when the model says so', async () => {
    const of = await model({ config: { 'use-default-secgroup': true } })
    const instance = await guarded(of)
    const standard = await groupNamed('default')
    expect((await portOf(instance.id)).securityGroups).toContain(standard.id)
    expect((await portOf((await guarded(await model())).id)).securityGroups).not.toContain(standard.id)
    await of.environ.destroy()
    expect((await groupNamed('default')).id).toBe(standard.id)
  })
})

describe('rules', () => {
  it('without CIDRs are for everybody, in both families', async () => {
    const of = await model()
    const { firewall } = await guarded(of)
    await firewall.openPorts([tcp(443)])
    const { rules } = await groupNamed(namesOf(of).machine('0'))
    const ours = rules.filter(({ portRangeMin }) => portRangeMin === 443)
    expect(ours.map(({ etherType }) => etherType).toSorted()).toEqual(['IPv4', 'IPv6'])
    await firewall.openPorts([tcp(443)])
    expect(await firewall.ports()).toEqual([tcp(443, '0.0.0.0/0', '::/0')])
  })

  it('of ICMP are one for both families, and can be closed', async () => {
    const { firewall } = await guarded(await model())
    await firewall.openPorts([ICMP])
    expect(await firewall.ports()).toEqual([{ ...ICMP, sourceCidrs: ['0.0.0.0/0', '::/0'] }])
    await firewall.closePorts([{ ...ICMP, sourceCidrs: ['::/0'] }])
    expect(await firewall.ports()).toEqual([{ ...ICMP, sourceCidrs: ['0.0.0.0/0'] }])
    await firewall.closePorts([ICMP, tcp(1)])
    expect(await firewall.ports()).toEqual([])
  })

  it('that somebody else made in another form are shown for what they are, or passed over', async () => {
    const of = await model()
    const { firewall } = await guarded(of)
    const { id: securityGroupId } = await groupNamed(namesOf(of).machine('0'))
    const { securityGroupRules } = suite.cloud.connection.network
    const foreign = { securityGroupId, direction: 'ingress' } as const
    await securityGroupRules.create({ ...foreign, etherType: 'IPv4' })
    await securityGroupRules.create({ ...foreign, etherType: 'IPv4', protocol: 'gre' })
    await securityGroupRules.create({
      ...foreign,
      etherType: 'IPv4',
      protocol: 'tcp',
      remoteGroupId: securityGroupId,
    })
    await securityGroupRules.create({
      ...foreign,
      etherType: 'IPv6',
      protocol: 'udp',
      portRangeMin: 53,
      portRangeMax: 53,
    })
    expect(await firewall.ports()).toEqual([
      { protocol: 'udp', fromPort: 53, toPort: 53, sourceCidrs: ['::/0'] },
    ])
    await firewall.closePorts([{ protocol: 'udp', fromPort: 53, toPort: 53 }])
    expect(await firewall.ports()).toEqual([])
  })

  it('of one machine are closed while others that match them in part stay open', async () => {
    const { firewall } = await guarded(await model())
    await firewall.openPorts([tcp(80), { protocol: 'tcp', fromPort: 80, toPort: 90 }, tcp(80, '10.0.0.0/8')])
    await firewall.closePorts([tcp(80)])
    expect(await firewall.ports()).toEqual([
      tcp(80, '10.0.0.0/8'),
      { protocol: 'tcp', fromPort: 80, toPort: 90, sourceCidrs: ['0.0.0.0/0', '::/0'] },
    ])
  })
})

describe('the model’s own ports', () => {
  const firewallOf = (environ: Environ) => {
    if (!supportsModelFirewall(environ)) throw new Error('no model firewall')
    return environ.modelFirewall
  }

  it.each(['instance', 'global', 'none'] as const)(
    'are opened and closed in mode %s',
    async (firewallMode) => {
      const of = await model({ firewallMode })
      const firewall = firewallOf(of.environ)
      expect(await firewall.ports()).toEqual([])
      await firewall.closePorts([tcp(22)])
      await of.start()
      await firewall.openPorts([tcp(22, '10.0.0.0/8', 'fd00::/8'), tcp(17070)])
      expect(await firewall.ports()).toEqual([
        tcp(22, '10.0.0.0/8', 'fd00::/8'),
        tcp(17070, '0.0.0.0/0', '::/0'),
      ])
      await firewall.closePorts([tcp(17070), tcp(22, 'fd00::/8')])
      expect(await firewall.ports()).toEqual([tcp(22, '10.0.0.0/8')])
    },
  )
})
