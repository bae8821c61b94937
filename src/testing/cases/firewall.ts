import { strict as assert } from 'node:assert'
import { supportsInstanceFirewall, supportsModelFirewall } from '../../environ/capabilities.ts'
import { NotValidError } from '../../environ/errors.ts'
import type { Firewall, Instance } from '../../environ/index.ts'
import { EVERYWHERE } from '../../environ/ingress.ts'
import type { IngressRule } from '../../environ/network.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { rejection, rejectionOf } from '../rejection.ts'
import { need, supported } from '../not-here.ts'
import type { Trial, TrialModel } from '../trial.ts'

const rule = (protocol: IngressRule['protocol'], fromPort: number, toPort = fromPort): IngressRule => ({
  protocol,
  fromPort,
  toPort,
})
const open = (each: IngressRule): IngressRule => ({ ...each, sourceCidrs: EVERYWHERE })
const from = (each: IngressRule, ...sourceCidrs: string[]): IngressRule => ({ ...each, sourceCidrs })

const firewallOf = (instance: Instance): Firewall =>
  need(instance, supportsInstanceFirewall, 'ports of instances').firewall

/** The firewall of a new machine in mode `instance`. */
async function machineFirewall(trial: Trial): Promise<Firewall> {
  return firewallOf((await (await trial.model()).start()).instance)
}

/** A model in mode `global`. @throws NotHere where ports of a whole model are not supported */
async function globalModel(trial: Trial): Promise<TrialModel> {
  const model = await trial.model({ firewallMode: 'global' })
  await supported(model.environ.ports(), 'ports of a whole model')
  return model
}

/** All calls of a firewall that must not be used say which mode it is. */
async function refuses(firewall: Firewall, mode: string): Promise<void> {
  for (const call of [
    () => firewall.openPorts([rule('tcp', 80)]),
    () => firewall.closePorts([rule('tcp', 80)]),
    () => firewall.ports(),
  ]) {
    const { message } = await rejectionOf(NotValidError, supported<unknown>(call(), 'ports'))
    assert.ok(message.includes(`"${mode}"`), `the mode is not named: ${message}`)
  }
}

/** Opening, closing, and both again. */
async function opensAndCloses(firewall: Firewall, already: readonly IngressRule[] = []): Promise<void> {
  const are = async (...rules: readonly IngressRule[]): Promise<void> => {
    const sorted = [...already, ...rules].sort(
      (a, b) => a.protocol.localeCompare(b.protocol) || a.fromPort - b.fromPort,
    )
    assert.deepEqual(await firewall.ports(), sorted)
  }
  await are()
  await firewall.openPorts([rule('udp', 67), rule('tcp', 45), rule('tcp', 80, 100)])
  await are(open(rule('tcp', 45)), open(rule('tcp', 80, 100)), open(rule('udp', 67)))
  await firewall.openPorts([rule('tcp', 45), rule('icmp', -1)])
  await firewall.closePorts([rule('tcp', 80, 100), rule('tcp', 999)])
  await are(open(rule('icmp', -1)), open(rule('tcp', 45)), open(rule('udp', 67)))
  await firewall.closePorts([rule('icmp', -1), rule('udp', 67)])
  await firewall.closePorts([rule('tcp', 45)])
  await firewall.closePorts([rule('tcp', 45)])
  await are()
}

export const firewall: readonly ConformanceCase[] = [
  {
    id: 'firewall/instance',
    sentence: 'in mode instance, ports of a machine open and close, sorted, and twice is as good as once',
    reason: 'the firewaller only ever says what it wants, and compares what it reads',
    run: async (trial) => opensAndCloses(await machineFirewall(trial)),
  },
  {
    id: 'firewall/apart',
    sentence: 'ports that are opened on one machine stay closed on the others',
    reason: 'an open port is a hole',
    async run(trial) {
      const model = await trial.model()
      const [a, b] = [firewallOf((await model.start()).instance), firewallOf((await model.start()).instance)]
      await a.openPorts([rule('tcp', 80)])
      assert.deepEqual(await b.ports(), [])
      await b.openPorts([rule('tcp', 89)])
      await b.closePorts([rule('tcp', 80)])
      assert.deepEqual(await a.ports(), [open(rule('tcp', 80))])
    },
  },
  {
    id: 'firewall/found-again',
    sentence: 'the ports of an instance that is found are those that were opened when it was started',
    reason: 'the firewall is the machine’s, and not the value’s that startInstance gave',
    async run(trial) {
      const model = await trial.model()
      const { instance } = await model.start()
      await firewallOf(instance).openPorts([rule('tcp', 80)])
      const [found] = await model.environ.instances([instance.id])
      assert.deepEqual(found && (await firewallOf(found).ports()), [open(rule('tcp', 80))])
    },
  },
  {
    id: 'firewall/cidrs',
    sentence: 'the CIDRs of a port range are kept apart, and told in one rule',
    reason: 'closing a port to one network must not close it to another, or leave it open to all',
    async run(trial) {
      const firewall = await machineFirewall(trial)
      const [web, other] = [rule('tcp', 42), from(rule('tcp', 80), '10.0.0.0/24')]
      await firewall.openPorts([from(web, '0.0.0.0/0'), from(web, '10.0.0.0/24'), other])
      assert.deepEqual(await firewall.ports(), [from(web, '0.0.0.0/0', '10.0.0.0/24'), other])
      await firewall.openPorts([from(web, '192.168.0.0/24', 'fd00::/64')])
      await firewall.closePorts([from(web, '10.0.0.0/24', '0.0.0.0/0')])
      assert.deepEqual(await firewall.ports(), [from(web, '192.168.0.0/24', 'fd00::/64'), other])
      await firewall.closePorts([from(web, '192.168.0.0/24', 'fd00::/64')])
      assert.deepEqual(await firewall.ports(), [other])
    },
  },
  {
    id: 'firewall/not-valid',
    sentence: 'a CIDR that is none is refused, and opens nothing',
    reason: 'what is misread opens a hole',
    async run(trial) {
      const firewall = await machineFirewall(trial)
      await rejectionOf(
        NotValidError,
        firewall.openPorts([rule('tcp', 80), from(rule('tcp', 42), '10.0.0.300/24')]),
      )
      assert.deepEqual(await firewall.ports(), [])
    },
  },
  {
    id: 'firewall/instance-mode',
    sentence: 'in mode instance, ports of the model are refused, naming the mode',
    reason: 'two who open the same ports would close them for each other',
    run: async (trial) => refuses((await trial.model({ firewallMode: 'instance' })).environ, 'instance'),
  },
  {
    id: 'firewall/global',
    sentence: 'in mode global, ports of the whole model open and close, sorted, and twice is as good as once',
    reason: 'the firewaller only ever says what it wants, and compares what it reads',
    async run(trial) {
      const model = await globalModel(trial)
      await model.start()
      await opensAndCloses(model.environ)
    },
  },
  {
    id: 'firewall/global-stays',
    sentence: 'in mode global, ports stay open when machines come and go',
    reason: 'they are the model’s',
    async run(trial) {
      const model = await globalModel(trial)
      const { instance } = await model.start()
      await model.environ.openPorts([rule('tcp', 80)])
      await model.start()
      assert.deepEqual(await model.environ.ports(), [open(rule('tcp', 80))])
      await model.environ.stopInstances([instance.id])
      assert.deepEqual(await model.environ.ports(), [open(rule('tcp', 80))])
    },
  },
  {
    id: 'firewall/global-apart',
    sentence: 'in mode global, ports of one model are none of another',
    reason: 'an open port is a hole',
    async run(trial) {
      const [a, b] = [await globalModel(trial), await globalModel(trial)]
      await Promise.all([a.start(), b.start()])
      await a.environ.openPorts([rule('tcp', 80)])
      assert.deepEqual(await b.environ.ports(), [])
    },
  },
  {
    id: 'firewall/global-mode',
    sentence: 'in mode global, ports of an instance are refused, naming the mode',
    reason: 'two who open the same ports would close them for each other',
    async run(trial) {
      const { instance } = await (await trial.model({ firewallMode: 'global' })).start()
      await refuses(firewallOf(instance), 'global')
    },
  },
  {
    id: 'firewall/none-mode',
    sentence: 'in mode none, nobody opens ports',
    reason: 'the cloud’s owner does it',
    async run(trial) {
      const model = await trial.model({ firewallMode: 'none' })
      const { instance } = await model.start()
      await rejection(model.environ.openPorts([rule('tcp', 80)]))
      if (supportsInstanceFirewall(instance)) await rejection(instance.firewall.openPorts([rule('tcp', 80)]))
    },
  },
  {
    id: 'firewall/model',
    sentence: 'ports of the model’s own group open and close, and leave the others there',
    reason: 'SSH and the controller’s API are open there',
    async run(trial) {
      const model = await trial.model()
      const { modelFirewall } = need(model.environ, supportsModelFirewall, 'firewall of the model')
      await model.start()
      const before = await modelFirewall.ports()
      const [wanted, other] = [from(rule('tcp', 4430), '10.0.0.0/8'), from(rule('tcp', 4431), '10.0.0.0/8')]
      await modelFirewall.openPorts([wanted, other])
      await modelFirewall.openPorts([wanted])
      assert.equal((await modelFirewall.ports()).length, before.length + 2)
      await modelFirewall.closePorts([wanted])
      await modelFirewall.closePorts([rule('tcp', 4430)])
      assert.equal((await modelFirewall.ports()).length, before.length + 1)
      await modelFirewall.closePorts([other])
      assert.deepEqual(await modelFirewall.ports(), before)
    },
  },
]
