import { strict as assert } from 'node:assert'
import { supportsInstanceFirewall } from '../../environ/capabilities.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { rejection } from '../rejection.ts'
import { need, NotHere } from '../not-here.ts'
import type { Trial } from '../trial.ts'

/** Cancels a start when it tells of its n-th step, from 1; gives whether it came so far. */
async function cancelledAt(trial: Trial, step: number): Promise<boolean> {
  const model = await trial.model()
  const [abort, reason] = [new AbortController(), new Error('enough')]
  let steps = 0
  const statusCallback = (): void => {
    if (++steps === step) abort.abort(reason)
  }
  const outcome = await model.start({ statusCallback }, { signal: abort.signal }).then(
    () => 'started',
    (error: unknown) => error,
  )
  const { length } = await model.ids()
  if (steps < step) return false
  // Where all was done when the last step was told, the caller has the instance.
  if (step === 1 || outcome !== 'started') assert.equal(outcome, reason)
  assert.equal(length, outcome === 'started' ? 1 : 0, 'instances of a start that was cancelled')
  return true
}

/** Concurrency and cancellation. */
export const concurrency: readonly ConformanceCase[] = [
  {
    id: 'concurrency/start',
    sentence: 'instances that are started at the same moment are all there, each once and with its own tags',
    reason: 'a deployment starts dozens',
    async run(trial) {
      const model = await trial.model()
      const started = await Promise.all(Array.from({ length: 5 }, () => model.start()))
      const ids = started.map(({ instance }) => instance.id)
      assert.equal(new Set(ids).size, ids.length, 'an instance was given twice')
      assert.deepEqual(await model.ids(), ids.toSorted())
      const listed = await model.environ.allInstances()
      for (const { instance } of started)
        assert.deepEqual(listed.find(({ id }) => id === instance.id)?.tags, instance.tags)
    },
  },
  {
    id: 'concurrency/stop',
    sentence: 'an instance can be stopped by two at the same moment',
    reason: 'a user and a provisioner do',
    async run(trial) {
      const model = await trial.model()
      const { id } = (await model.start()).instance
      await Promise.all([model.environ.stopInstances([id]), model.environ.stopInstances([id])])
      assert.deepEqual(await model.ids(), [])
    },
  },
  {
    id: 'concurrency/ports',
    sentence: 'ports that are opened at the same moment are all open',
    reason: 'a rule that is lost is a service that nobody reaches',
    async run(trial) {
      const model = await trial.model()
      const { instance } = await model.start()
      const { firewall } = need(instance, supportsInstanceFirewall, 'ports of instances')
      const ports = [80, 443, 8080]
      await Promise.all(
        ports.map((port) => firewall.openPorts([{ protocol: 'tcp', fromPort: port, toPort: port }])),
      )
      assert.deepEqual(
        (await firewall.ports()).map(({ fromPort }) => fromPort),
        ports,
      )
    },
  },
  {
    id: 'concurrency/destroy',
    sentence: 'a model can be destroyed by two at the same moment',
    reason: 'impatient users do',
    async run(trial) {
      const model = await trial.model()
      await model.start()
      await Promise.all([model.environ.destroy(), model.environ.destroy()])
      assert.deepEqual(await model.ids(), [])
    },
  },
  {
    id: 'cancellation/before',
    sentence: 'a start whose signal is aborted already fails with its reason, and makes nothing',
    reason: 'the user said no',
    async run(trial) {
      const model = await trial.model()
      const reason = new Error('enough')
      assert.equal(await rejection(model.start({}, { signal: AbortSignal.abort(reason) })), reason)
      assert.deepEqual(await model.ids(), [])
    },
  },
  {
    id: 'cancellation/at-steps',
    sentence:
      'a start that is cancelled at a step that it tells of fails with the reason, and leaves nothing',
    reason: 'nobody would know of the instance',
    async run(trial) {
      let steps = 0
      while (steps < 5 && (await cancelledAt(trial, steps + 1))) steps++
      if (steps === 0) throw new NotHere('the provider tells of no steps')
    },
  },
]
