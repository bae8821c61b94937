import { strict as assert } from 'node:assert'
import { supportsModelFirewall } from '../../environ/capabilities.ts'
import type { Environ } from '../../environ/environ.ts'
import { findError, NoInstancesError, NotBootstrappedError } from '../../environ/errors.ts'
import { TAG_IS_CONTROLLER } from '../../environ/tags.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { rejection } from '../rejection.ts'
import type { Trial } from '../trial.ts'

const credentialOf = ({ subject }: Trial) => ({
  credential: subject.cloud.credential ?? { authType: 'empty', attributes: {} },
})

/** Bootstraps a controller without an agent: it ends when its machine has an address. */
async function bootstrapped(trial: Trial, controllerName: string) {
  const { cloud, modelConfig } = trial.subject
  const environs = await trial.environs()
  const { details } = await environs.bootstrap({
    agent: 'none',
    controllerName,
    cloud,
    ...(modelConfig ? { modelConfig } : {}),
  })
  return details
}

/** The controller is found no more, and that is said as it has to be. */
async function isNowhere(environ: Environ, controllerUuid: string): Promise<void> {
  const error = await rejection(environ.controllerInstances(controllerUuid))
  assert.ok(findError(error, NoInstancesError) ?? findError(error, NotBootstrappedError), String(error))
}

/** Bootstrap, and destroying; each twice. */
export const bootstrap: readonly ConformanceCase[] = [
  {
    id: 'bootstrap/found-again',
    sentence: 'a controller is found by its UUID from another environ, and tagged as one',
    reason: 'clients on other computers look for it so',
    async run(trial) {
      const details = await bootstrapped(trial, 'conformance')
      assert.equal(details.status, 'ready')
      const environs = await trial.environs()
      await using environ = await environs.openController('conformance', credentialOf(trial))
      assert.deepEqual(await environ.controllerInstances(details.uuid), details.instanceIds)
      const [instance] = await environ.instances(details.instanceIds)
      assert.equal(instance?.tags[TAG_IS_CONTROLLER], 'true')
    },
  },
  {
    id: 'bootstrap/reachable',
    sentence: 'SSH and the controller’s API are open on its machine',
    reason: 'it is set up over the one, and used over the other',
    async run(trial) {
      const details = await bootstrapped(trial, 'conformance')
      const environs = await trial.environs()
      await using environ = await environs.openController('conformance', credentialOf(trial))
      assert.ok(details.apiEndpoints.length > 0, 'there is no address')
      if (!supportsModelFirewall(environ)) return
      const open = (await environ.modelFirewall.ports()).map(({ fromPort }) => fromPort)
      assert.deepEqual(open, [22, details.controllerConfig['api-port']])
    },
  },
  {
    id: 'bootstrap/twice',
    sentence: 'a controller that was destroyed can be bootstrapped again',
    reason: 'what stays of the first is in the way of the second',
    async run(trial) {
      const environs = await trial.environs()
      for (let time = 0; time < 2; time++) {
        const { uuid } = await bootstrapped(trial, 'conformance')
        const environ = await environs.openController('conformance', credentialOf(trial))
        await environs.destroyController('conformance', credentialOf(trial))
        await isNowhere(environ, uuid)
        assert.deepEqual(await environ.allInstances(), [])
        await environ[Symbol.asyncDispose]()
      }
    },
  },
  {
    id: 'bootstrap/two-controllers',
    sentence: 'two controllers on one cloud are told apart, and one survives the other',
    reason: 'a cloud belongs to more than one person',
    async run(trial) {
      const environs = await trial.environs()
      const [a, b] = [await bootstrapped(trial, 'one'), await bootstrapped(trial, 'two')]
      await environs.destroyController('one', credentialOf(trial))
      await using environ = await environs.openController('two', credentialOf(trial))
      assert.deepEqual(await environ.controllerInstances(b.uuid), b.instanceIds)
      await isNowhere(environ, a.uuid)
    },
  },
  {
    id: 'bootstrap/none',
    sentence: 'a controller that is nowhere is NoInstancesError or NotBootstrappedError',
    reason: 'a client is told that there is none, and not that something failed',
    async run(trial) {
      const model = await trial.model()
      await model.start()
      await isNowhere(model.environ, model.controllerUuid)
    },
  },
  {
    id: 'destroy/twice',
    sentence: 'destroying a model removes everything, and twice, or when it is empty, is as good as once',
    reason: 'whoever was interrupted does it again',
    async run(trial) {
      const before = await trial.inventory()
      const model = await trial.model()
      await model.environ.destroy()
      await Promise.all([model.start(), model.start()])
      await model.environ.destroy()
      assert.deepEqual(await model.ids(), [])
      await model.environ.destroy()
      assert.deepEqual(await trial.leftovers(before), [], 'something of the model stays')
    },
  },
  {
    id: 'destroy/model-only',
    sentence: 'destroying a model leaves its controller and the controller’s other models',
    reason: 'they have other users',
    async run(trial) {
      const controllerUuid = crypto.randomUUID()
      const [a, b] = [await trial.model({ controllerUuid }), await trial.model({ controllerUuid })]
      await Promise.all([a.start(), b.start()])
      await a.environ.destroy()
      assert.deepEqual(await a.ids(), [])
      assert.equal((await b.ids()).length, 1)
    },
  },
  {
    id: 'destroy/controller',
    sentence: 'destroying a controller removes all of its models, twice is as good as once, and no other’s',
    reason: 'nobody is left who could remove the hosted models',
    async run(trial) {
      const controllerUuid = crypto.randomUUID()
      const [controller, hosted, other] = [
        await trial.model({ controllerUuid }),
        await trial.model({ controllerUuid }),
        await trial.model(),
      ]
      await Promise.all([controller.start(), hosted.start(), other.start()])
      await controller.environ.destroyController(controllerUuid)
      await controller.environ.destroyController(controllerUuid)
      assert.deepEqual(await controller.ids(), [])
      assert.deepEqual(await hosted.ids(), [])
      assert.equal((await other.ids()).length, 1)
    },
  },
]
