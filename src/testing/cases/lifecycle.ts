import { strict as assert } from 'node:assert'
import { NoInstancesError, NotValidError } from '../../environ/errors.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { rejectionOf } from '../rejection.ts'

export const lifecycle: readonly ConformanceCase[] = [
  {
    id: 'lifecycle/start',
    sentence: 'a started instance runs, and has an id, a name, addresses and hardware',
    reason: 'startInstance waits: its caller uses the machine at once, and records what it is made of',
    async run(trial) {
      const model = await trial.model()
      const { instance, hardware } = await model.start()
      assert.notEqual(instance.id, '')
      assert.notEqual(instance.displayName, '')
      assert.equal(instance.status.state, 'running')
      assert.ok((hardware.cpuCores ?? 0) > 0 && (hardware.mem ?? 0) > 0, 'no cores or memory are told')
      assert.ok(hardware.arch, 'no architecture is told')
      assert.ok((await instance.addresses()).length > 0, 'there is no address')
    },
  },
  {
    id: 'lifecycle/listed-once',
    sentence: 'allInstances lists each instance exactly once, as it was started',
    reason: 'what is listed twice is stopped twice, and what is not listed is forgotten and costs money',
    async run(trial) {
      const model = await trial.model()
      const started = [await model.start(), await model.start()]
      assert.deepEqual(await model.ids(), started.map(({ instance }) => instance.id).sort())
      const listed = await model.environ.allInstances()
      for (const { instance } of started) {
        const found = listed.find(({ id }) => id === instance.id)
        assert.equal(found?.displayName, instance.displayName)
        assert.deepEqual(found?.tags, instance.tags)
      }
    },
  },
  {
    id: 'lifecycle/stop',
    sentence: 'a stopped instance is gone, and the others stay',
    reason: 'stopping the wrong machine loses data, and one that stays costs money',
    async run(trial) {
      const model = await trial.model()
      const [a, b] = [await model.start(), await model.start()]
      await model.environ.stopInstances([a.instance.id])
      assert.deepEqual(await model.ids(), [b.instance.id])
      await rejectionOf(NoInstancesError, model.environ.instances([a.instance.id]))
    },
  },
  {
    id: 'lifecycle/stop-twice',
    sentence: 'stopping what is gone, unknown or nothing at all succeeds',
    reason: 'absence is success in every delete: whoever was interrupted does it again',
    async run(trial) {
      const model = await trial.model()
      const { instance } = await model.start()
      await model.environ.stopInstances([])
      assert.deepEqual(await model.ids(), [instance.id])
      await model.environ.stopInstances(['absent', instance.id, instance.id])
      assert.deepEqual(await model.ids(), [])
      await model.environ.stopInstances([instance.id])
    },
  },
  {
    id: 'lifecycle/stop-leaves-nothing',
    sentence: 'stopping an instance removes all that was made for it',
    reason: 'groups, ports and addresses that stay fill up quotas until nothing starts any more',
    async run(trial) {
      const model = await trial.model()
      const kept = await model.start()
      const before = await trial.inventory()
      const { instance } = await model.start()
      await model.environ.stopInstances([instance.id])
      assert.deepEqual(await trial.leftovers(before), [], 'something of the stopped instance stays')
      assert.deepEqual(await model.ids(), [kept.instance.id])
    },
  },
  {
    id: 'lifecycle/nonce',
    sentence: 'a machine without a nonce is refused as not valid, and nothing is made',
    reason: 'without it, an agent cannot be told from one of an earlier start of the same machine',
    async run(trial) {
      const model = await trial.model()
      await rejectionOf(NotValidError, model.start({ instanceConfig: { machineNonce: '' } }))
      assert.deepEqual(await model.ids(), [])
    },
  },
  {
    id: 'lifecycle/other-environ',
    sentence: 'an environ of the same model that is opened elsewhere finds and stops what this one started',
    reason: 'environs are opened by many processes, and keep nothing that the cloud does not have',
    async run(trial) {
      const model = await trial.model()
      const { instance } = await model.start()
      const { controllerUuid } = model
      const other = await trial.open({ config: model.environ.config(), controllerUuid })
      const [found] = await other.instances([instance.id])
      assert.equal(found?.id, instance.id)
      await other.stopInstances([instance.id])
      assert.deepEqual(await model.ids(), [])
    },
  },
  {
    id: 'lifecycle/other-models',
    sentence: 'instances of another model are not seen, stopped or destroyed',
    reason: 'many models, of many people, share a cloud',
    async run(trial) {
      const [mine, other] = [await trial.model(), await trial.model()]
      const { instance } = await other.start()
      assert.deepEqual(await mine.ids(), [])
      await rejectionOf(NoInstancesError, mine.environ.instances([instance.id]))
      await mine.environ.stopInstances([instance.id])
      assert.deepEqual(await other.ids(), [instance.id])
      await mine.environ.destroy()
      assert.deepEqual(await other.ids(), [instance.id])
    },
  },
  {
    id: 'lifecycle/maintain',
    sentence: 'maintaining an instance that runs succeeds, and changes nothing',
    reason: 'it is called whenever an agent starts',
    async run(trial) {
      const model = await trial.model()
      const params = model.params()
      const { instance } = await model.environ.startInstance(params)
      await model.environ.maintainInstance(params)
      assert.deepEqual(await model.ids(), [instance.id])
    },
  },
]
