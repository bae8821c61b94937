import { strict as assert } from 'node:assert'
import * as capabilities from '../../environ/capabilities.ts'
import { EnvironsError, findError, NotFoundError, NotSupportedError } from '../../environ/errors.ts'
import type { Environ } from '../../environ/environ.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { rejection, rejectionOf } from '../rejection.ts'
import { need } from '../not-here.ts'
import type { Trial } from '../trial.ts'

/** Members that are a capability only together. */
const TOGETHER: readonly (readonly string[])[] = [
  [
    'subnets',
    'networkInterfaces',
    'supportsSpaces',
    'supportsSpaceDiscovery',
    'spaces',
    'allocateContainerAddresses',
    'releaseContainerAddresses',
  ],
  ['availabilityZones', 'deriveAvailabilityZones'],
  ['machineResources', 'removeMachineResources'],
]

/** Members of capabilities that are objects, and their methods. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  power: ['start', 'stop', 'reboot'],
  consoles: ['output', 'session'],
  snapshots: ['create', 'list', 'delete'],
  modelFirewall: ['openPorts', 'closePorts', 'ports'],
  imageCatalog: ['require', 'publish'],
  serverHosting: ['create', 'list', 'rebuild', 'setNetworking', 'delete'],
  publicAddresses: ['ensurePublicIp'],
  ownership: ['resolveScope', 'networkUsers', 'deleteNetwork', 'securityGroup'],
}

const member = (value: object, name: string): unknown => (value as Record<string, unknown>)[name]

const providerOf = async (trial: Trial) =>
  (await trial.environs()).providers.provider(trial.subject.cloud.type)

/** A list of things that say what they are. */
async function lists(environ: Environ, name: string, list: () => Promise<readonly object[]>): Promise<void> {
  for (const each of await list()) {
    const label = member(each, 'name') ?? member(each, 'id')
    assert.ok(typeof label === 'string' && label !== '', `${name} of ${environ.config().type} without a name`)
  }
}

/** What a guard promises has to work: NotSupportedError is no answer here. */
export const honesty: readonly ConformanceCase[] = [
  {
    id: 'honesty/whole',
    sentence: 'a capability is there as a whole, or not at all',
    reason: 'callers ask the guard once, and then call everything',
    async run(trial) {
      const { environ } = await trial.model()
      for (const members of TOGETHER) {
        const missing = members.filter((name) => typeof member(environ, name) !== 'function')
        assert.ok([0, members.length].includes(missing.length), `there is no ${missing.join(', ')}`)
      }
      for (const [name, methods] of Object.entries(PARTS)) {
        const part = member(environ, name)
        if (part === undefined) continue
        for (const method of methods)
          assert.equal(typeof member(part as object, method), 'function', `there is no ${name}.${method}`)
      }
    },
  },
  {
    id: 'honesty/power',
    sentence:
      'an instance is turned off, on and restarted, and is not lost by it; unknown ones are NotFoundError',
    reason: 'a guard that says yes is relied on',
    async run(trial) {
      const model = await trial.model()
      const { power } = need(model.environ, capabilities.supportsPower, 'power')
      const { id } = (await model.start()).instance
      const state = async () => (await model.environ.instances([id]))[0]?.status.state
      for (let time = 0; time < 2; time++) await power.stop(id)
      assert.equal(await state(), 'stopped')
      for (let time = 0; time < 2; time++) await power.start(id)
      await power.reboot(id)
      assert.equal(await state(), 'running')
      await rejectionOf(NotFoundError, power.stop('absent'))
    },
  },
  {
    id: 'honesty/consoles',
    sentence: 'the console of an instance can be read; that of an unknown one is NotFoundError',
    reason: 'a guard that says yes is relied on',
    async run(trial) {
      const model = await trial.model()
      const { consoles } = need(model.environ, capabilities.supportsConsoles, 'consoles')
      const { id } = (await model.start()).instance
      assert.equal(typeof (await consoles.output(id)), 'string')
      assert.ok(
        (await consoles.output(id, { lines: 1 })).split('\n').length <= 2,
        'more lines than were asked for',
      )
      await rejectionOf(NotFoundError, consoles.output('absent'))
    },
  },
  {
    id: 'honesty/snapshots',
    sentence: 'a snapshot is made, listed for its instance, and deleted; twice is as good as once',
    reason: 'a guard that says yes is relied on',
    async run(trial) {
      const model = await trial.model()
      const { snapshots } = need(model.environ, capabilities.supportsSnapshots, 'snapshots')
      const { id } = (await model.start()).instance
      const made = await snapshots.create(id, { name: 'conformance', tags: { team: 'blue' } })
      try {
        assert.deepEqual([made.name, made.source, made.tags['team']], ['conformance', id, 'blue'])
        assert.deepEqual(
          (await snapshots.list({ source: id })).map((each) => each.id),
          [made.id],
        )
        assert.deepEqual(await snapshots.list({ source: 'absent' }), [])
        await rejectionOf(NotFoundError, snapshots.create('absent', { name: 'none' }))
      } finally {
        await snapshots.delete(made.id)
      }
      await snapshots.delete(made.id)
      assert.deepEqual(await snapshots.list(), [])
    },
  },
  {
    id: 'honesty/adoption',
    sentence: 'a model that was adopted is its new controller’s, and twice is as good as once',
    reason: 'a guard that says yes is relied on: the old controller is destroyed next',
    async run(trial) {
      const model = await trial.model()
      const environ = need(model.environ, capabilities.supportsAdoption, 'adoption')
      const { id } = (await model.start()).instance
      const adopter = crypto.randomUUID()
      for (let time = 0; time < 2; time++) await environ.adoptResources(adopter)
      await environ.destroyController(adopter)
      await rejection(environ.instances([id]))
    },
  },
  {
    id: 'honesty/machine-resources',
    sentence: 'what machines have beside their instances is listed, and kept while there is an instance',
    reason: 'a guard that says yes is relied on, and what is removed too early breaks a machine',
    async run(trial) {
      const model = await trial.model()
      const environ = need(model.environ, capabilities.keepsMachineResources, 'resources of machines')
      const { id } = (await model.start()).instance
      const before = await environ.machineResources()
      for (const { machineId, kind } of before) assert.ok(machineId === '0' && kind !== '')
      await environ.removeMachineResources(['0', 'absent'])
      assert.deepEqual(await environ.machineResources(), before)
      await environ.stopInstances([id])
      await environ.removeMachineResources(['0'])
      assert.deepEqual(await environ.machineResources(), [])
    },
  },
  {
    id: 'honesty/lists',
    sentence: 'zones, instance types and images are listed where a guard says so',
    reason: 'a guard that says yes is relied on',
    async run(trial) {
      const { environ } = await trial.model()
      const { listsImages, supportsInstanceTypes, supportsZones } = capabilities
      if (supportsZones(environ)) await lists(environ, 'zones', () => environ.availabilityZones())
      if (supportsInstanceTypes(environ))
        await lists(environ, 'instance types', () => environ.instanceTypes())
      if (listsImages(environ)) await lists(environ, 'images', () => environ.images())
      if (capabilities.hasRegion(environ)) assert.notEqual(environ.region().region, '')
    },
  },
  {
    id: 'honesty/clouds',
    sentence: 'clouds are found as the provider’s own, and one that is not there is NotFoundError',
    reason: 'a guard that says yes is relied on',
    async run(trial) {
      const { type } = trial.subject.cloud
      const provider = need(await providerOf(trial), capabilities.detectsClouds, 'clouds to find')
      for (const cloud of await provider.detectClouds()) assert.equal(cloud.type, type)
      await rejectionOf(NotFoundError, provider.detectCloud(`absent-${crypto.randomUUID()}`))
    },
  },
  {
    id: 'honesty/regions',
    sentence: 'regions are found, or NotFoundError says that there is none',
    reason: 'a guard that says yes is relied on',
    async run(trial) {
      const provider = need(await providerOf(trial), capabilities.detectsRegions, 'regions to find')
      const regions = await provider.detectRegions().catch(async (error: unknown) => {
        await rejectionOf(NotFoundError, Promise.reject(error as Error))
        return undefined
      })
      if (regions) assert.ok(regions.length > 0, 'none should be NotFoundError')
    },
  },
  {
    id: 'honesty/ping',
    sentence: 'the cloud’s endpoint answers a ping, and one where nobody is gives an error that says so',
    reason: 'users mistype addresses, and learn it before they give a password',
    async run(trial) {
      const provider = need(await providerOf(trial), capabilities.pingsClouds, 'ping')
      const { endpoint } = trial.subject.cloud
      if (endpoint !== undefined) await provider.ping(endpoint)
      const error = await rejection(provider.ping('http://127.0.0.1:1/'))
      assert.ok(error instanceof EnvironsError && !findError(error, NotSupportedError), String(error))
    },
  },
]
