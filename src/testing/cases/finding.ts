import { strict as assert } from 'node:assert'
import { NoInstancesError, PartialInstancesError } from '../../environ/errors.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { rejectionOf } from '../rejection.ts'

/** Partial results, ordering and duplicates. */
export const finding: readonly ConformanceCase[] = [
  {
    id: 'partial/none-asked',
    sentence: 'no ids give no instances, and no error',
    reason: 'lists that happen to be empty are passed on',
    async run(trial) {
      const model = await trial.model()
      assert.deepEqual(await model.environ.instances([]), [])
      await model.start()
      assert.deepEqual(await model.environ.instances([]), [])
    },
  },
  {
    id: 'partial/none-found',
    sentence: 'ids of which none exists give NoInstancesError',
    reason: 'it is how a caller learns that a machine is gone, and makes another',
    async run(trial) {
      const model = await trial.model()
      await rejectionOf(NoInstancesError, model.environ.instances(['absent', 'missing']))
      await rejectionOf(NoInstancesError, model.environ.instances(['']))
    },
  },
  {
    id: 'partial/holes',
    sentence: 'PartialInstancesError has what was found in its place, and holes for the rest',
    reason: 'callers go on with what there is, by its position',
    async run(trial) {
      const model = await trial.model()
      const [a, b] = [(await model.start()).instance.id, (await model.start()).instance.id]
      const { instances } = await rejectionOf(
        PartialInstancesError,
        model.environ.instances([a, 'absent', b, '']),
      )
      assert.deepEqual(
        instances.map((instance) => instance?.id),
        [a, undefined, b, undefined],
      )
    },
  },
  {
    id: 'partial/duplicates',
    sentence: 'PartialInstancesError repeats what was asked for twice',
    reason: 'its slots are those of the question',
    async run(trial) {
      const model = await trial.model()
      const { id } = (await model.start()).instance
      const asked = model.environ.instances([id, 'absent', id, 'absent'])
      const { instances } = await rejectionOf(PartialInstancesError, asked)
      assert.deepEqual(
        instances.map((instance) => instance?.id),
        [id, undefined, id, undefined],
      )
    },
  },
  {
    id: 'ordering/order',
    sentence: 'instances come in the order that was asked for',
    reason: 'callers match them with what they asked by position',
    async run(trial) {
      const model = await trial.model()
      const a = (await model.start()).instance.id
      const b = (await model.start()).instance.id
      for (const asked of [
        [a, b],
        [b, a],
      ]) {
        const found = await model.environ.instances(asked)
        assert.deepEqual(
          found.map(({ id }) => id),
          asked,
        )
      }
    },
  },
  {
    id: 'ordering/duplicates',
    sentence: 'an id that is asked for twice is answered twice',
    reason: 'callers match them with what they asked by position',
    async run(trial) {
      const model = await trial.model()
      const a = (await model.start()).instance.id
      const b = (await model.start()).instance.id
      const asked = [b, a, b, b]
      const found = await model.environ.instances(asked)
      assert.deepEqual(
        found.map(({ id }) => id),
        asked,
      )
    },
  },
]
