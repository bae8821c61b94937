import { strict as assert } from 'node:assert'
import { supportsTagging } from '../../environ/capabilities.ts'
import { NotFoundError } from '../../environ/errors.ts'
import { TAG_CONTROLLER, TAG_IS_CONTROLLER, TAG_MACHINE, TAG_MODEL } from '../../environ/tags.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { rejectionOf } from '../rejection.ts'
import { need } from '../not-here.ts'

/** As the cloud tells them, and as the start did. */
const OWN = 'the instance that was given, and the one that is found'

export const tags: readonly ConformanceCase[] = [
  {
    id: 'tags/owner',
    sentence: 'an instance carries the tags of its model, controller and machine',
    reason: 'they are all that finds it again when the process that started it was killed',
    async run(trial) {
      const model = await trial.model()
      const { instance } = await model.start()
      for (const { tags } of [instance, ...(await model.environ.allInstances())]) {
        assert.equal(tags[TAG_MODEL], model.uuid, OWN)
        assert.equal(tags[TAG_CONTROLLER], model.controllerUuid, OWN)
        assert.equal(tags[TAG_MACHINE], '0', OWN)
      }
    },
  },
  {
    id: 'tags/users',
    sentence: 'an instance carries the tags of `resource-tags`',
    reason: 'users find, and pay, by them',
    async run(trial) {
      const model = await trial.model({ config: { 'resource-tags': 'team=blue' } })
      await model.start()
      const [instance] = await model.environ.allInstances()
      assert.equal(instance?.tags['team'], 'blue')
    },
  },
  {
    id: 'tags/no-controller',
    sentence: 'an ordinary machine is not tagged as a controller',
    reason: 'a client would look for the controller on it',
    async run(trial) {
      const model = await trial.model()
      await model.start()
      const [instance] = await model.environ.allInstances()
      assert.equal(instance?.tags[TAG_IS_CONTROLLER], undefined)
    },
  },
  {
    id: 'tags/machine-apart',
    sentence: 'each machine carries its own id',
    reason: 'a machine is found again by it',
    async run(trial) {
      const model = await trial.model()
      await Promise.all([model.start(), model.start()])
      const machines = (await model.environ.allInstances()).map((instance) => instance.tags[TAG_MACHINE])
      assert.deepEqual(
        machines.toSorted((a = '', b = '') => a.localeCompare(b)),
        ['0', '1'],
      )
    },
  },
  {
    id: 'tags/set',
    sentence: 'tagInstance sets these tags and leaves the others',
    reason: 'what overwrites the owner’s tags loses the instance',
    async run(trial) {
      const model = await trial.model({ config: { 'resource-tags': 'team=blue' } })
      const environ = need(model.environ, supportsTagging, 'tags to set')
      const [{ instance }, other] = [await model.start(), await model.start()]
      await environ.tagInstance(instance.id, { team: 'red', room: '7' })
      const [tagged, untouched] = await environ.instances([instance.id, other.instance.id])
      assert.deepEqual(tagged?.tags, { ...instance.tags, team: 'red', room: '7' })
      assert.deepEqual(untouched?.tags, other.instance.tags)
    },
  },
  {
    id: 'tags/set-absent',
    sentence: 'tagInstance gives NotFoundError for an instance that is not there',
    reason: 'whoever tags relies on the tag',
    async run(trial) {
      const { environ } = await trial.model()
      const tagger = need(environ, supportsTagging, 'tags to set')
      await rejectionOf(NotFoundError, tagger.tagInstance('absent', { team: 'red' }))
    },
  },
  {
    id: 'tags/set-foreign',
    sentence: 'tagInstance does not find an instance of another model, and leaves its tags alone',
    reason: 'what is not the model’s own is not its to change',
    async run(trial) {
      const [model, other] = [await trial.model(), await trial.model()]
      const tagger = need(model.environ, supportsTagging, 'tags to set')
      const { instance } = await other.start()
      await rejectionOf(NotFoundError, tagger.tagInstance(instance.id, { team: 'red' }))
      const [untouched] = await other.environ.instances([instance.id])
      assert.deepEqual(untouched?.tags, instance.tags)
    },
  },
]
