import { strict as assert } from 'node:assert'
import { inspect } from 'node:util'
import { Secret } from '../../cloud/secret.ts'
import { applyAttributes, modelConfigSchema, newModelConfig } from '../../config/index.ts'
import { tellsSchema, upgradesConfig } from '../../environ/capabilities.ts'
import { findError, NotFoundError, NotValidError, UnauthorizedError } from '../../environ/errors.ts'
import type { EnvironProvider } from '../../environ/provider.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { faultyDispatcher } from '../faulty-dispatcher.ts'
import { rejectionOf } from '../rejection.ts'
import { secretsIn, shown } from '../secrets.ts'
import { need, NotHere } from '../not-here.ts'
import type { Trial } from '../trial.ts'

const providerOf = async (trial: Trial): Promise<EnvironProvider> =>
  (await trial.environs()).providers.provider(trial.subject.cloud.type)

/** Credentials, configuration, and opening. */
export const provider: readonly ConformanceCase[] = [
  {
    id: 'credentials/schemas',
    sentence: 'each way to prove who one is names and describes its attributes, and hides secret ones',
    reason: 'users are asked for them by these schemas, and what is not hidden is shown',
    async run(trial) {
      const schemas = Object.entries((await providerOf(trial)).credentialSchemas())
      assert.ok(schemas.length > 0, 'there is none')
      for (const [type, schema] of schemas) {
        const names = schema.map(({ name }) => name)
        assert.equal(new Set(names).size, names.length, `${type} has an attribute twice`)
        for (const { name, description, hidden = false } of schema) {
          assert.ok(name !== '' && description !== '', `${type} has an attribute that is not described`)
          if (/password|secret$/.test(name)) assert.ok(hidden, `${name} of ${type} is shown`)
        }
      }
    },
  },
  {
    id: 'credentials/finalize',
    sentence: 'a credential that is completed fits a schema, and completing it again changes nothing',
    reason: 'it is stored, and completed whenever it is used',
    async run(trial) {
      const provider = await providerOf(trial)
      const { credential = { authType: 'empty', attributes: {} }, name, endpoint } = trial.subject.cloud
      const context = { info: () => undefined }
      const cloud = { cloudName: name, ...(endpoint === undefined ? {} : { cloudEndpoint: endpoint }) }
      const once = await provider.finalizeCredential(context, { credential, ...cloud })
      assert.ok(Object.hasOwn(provider.credentialSchemas(), once.authType), `${once.authType} has no schema`)
      assert.deepEqual(await provider.finalizeCredential(context, { credential: once, ...cloud }), once)
    },
  },
  {
    id: 'credentials/detect',
    sentence: 'credentials that are found fit a schema and show no secret; none is NotFoundError',
    reason: 'they are found in the environment of whoever runs the command, and listed',
    async run(trial) {
      const provider = await providerOf(trial)
      const schemas = provider.credentialSchemas()
      const found = await provider.detectCredentials().catch((error: unknown) => {
        if (findError(error, NotFoundError)) return undefined
        throw error
      })
      for (const { authType, attributes } of Object.values(found?.credentials ?? {})) {
        for (const { name, hidden } of schemas[authType] ?? assert.fail(`${authType} has no schema`))
          if (hidden) assert.notEqual(typeof attributes[name], 'string', `${name} is shown`)
      }
    },
  },
  {
    id: 'credentials/refused',
    sentence: 'a wrong secret is UnauthorizedError, and can be seen nowhere',
    reason: 'it is often one character from the right one',
    async run(trial) {
      const { cloud } = trial.subject
      const { credential } = cloud
      const hidden = Object.entries(credential?.attributes ?? {}).filter(([, each]) => each instanceof Secret)
      if (!credential || hidden.length === 0) throw new NotHere('the provider has no secret')
      const wrong = `wrong-${crypto.randomUUID()}`
      const changed = Object.fromEntries(hidden.map(([name]) => [name, new Secret(wrong)]))
      const attributes = { ...credential.attributes, ...changed }
      const environs = await trial.environs()
      const params = { cloud: { ...cloud, credential: { ...credential, attributes } } }
      await using environ = await environs.open({ ...params, config: await trial.config() })
      const error = await rejectionOf(UnauthorizedError, environ.allInstances())
      assert.deepEqual(secretsIn(`${shown(error)}${inspect(environ)}`, [wrong]), [])
    },
  },
  {
    id: 'config/validate',
    sentence: 'a configuration that was validated is valid, and stays as it is',
    reason: 'it is validated whenever it is read',
    async run(trial) {
      const provider = await providerOf(trial)
      const once = await provider.validate(await trial.config())
      const twice = await provider.validate(once, once)
      assert.deepEqual(twice.attrs, once.attrs)
    },
  },
  {
    id: 'config/immutable',
    sentence: 'a change of what is immutable is not valid',
    reason: 'what was made under another name or UUID is not found again',
    async run(trial) {
      const provider = await providerOf(trial)
      const old = await trial.config()
      const changed = await newModelConfig({ ...old.attrs, uuid: crypto.randomUUID() })
      await rejectionOf(NotValidError, provider.validate(changed, old))
    },
  },
  {
    id: 'config/prepare',
    sentence: 'preparing the configuration of a model twice gives the same',
    reason: 'what must be unique derives from the UUID, so that a second try finds what the first made',
    async run(trial) {
      const provider = await providerOf(trial)
      const { cloud } = trial.subject
      const config = await trial.config()
      const [a, b] = [
        await provider.prepareConfig({ cloud, config }),
        await provider.prepareConfig({ cloud, config }),
      ]
      assert.deepEqual(a.attrs, b.attrs)
    },
  },
  {
    id: 'config/schema',
    sentence:
      'the provider’s attributes are described, have defaults of their type, and are none of the framework’s',
    reason: 'they are documented, and set, by this schema',
    async run(trial) {
      const provider = need(await providerOf(trial), tellsSchema, 'schema')
      const own = provider.schema()
      await modelConfigSchema(own)
      for (const [name, { description, type, default: value }] of Object.entries(own)) {
        assert.notEqual(description, '', `${name} is not described`)
        const expected = { bool: 'boolean', int: 'number', string: 'string' }[type as string]
        if (expected !== undefined && value !== undefined) assert.equal(typeof value, expected, name)
      }
    },
  },
  {
    id: 'config/not-valid',
    sentence: 'an attribute of the wrong type is not valid, and named',
    reason: 'users mistype',
    async run(trial) {
      const provider = need(await providerOf(trial), tellsSchema, 'schema')
      const config = await trial.config()
      const wrong = Object.entries(provider.schema()).filter(([, { type }]) => /bool|int/.test(type))
      if (wrong.length === 0) throw new NotHere('the provider has no attribute that can be mistyped')
      for (const [name] of wrong) {
        const changed = newModelConfig({ ...config.attrs, [name]: 'neither' })
        const { message } = await rejectionOf(
          NotValidError,
          changed.then((each) => provider.validate(each)),
        )
        assert.ok(message.includes(name), `${name} is not named: ${message}`)
      }
    },
  },
  {
    id: 'config/set',
    sentence: 'setConfig replaces the configuration, and a change that is not valid leaves it',
    reason: 'the environ goes on with what it has',
    async run(trial) {
      const { environ } = await trial.model()
      const changed = await applyAttributes(environ.config(), { 'resource-tags': 'team=green' })
      await environ.setConfig(changed)
      assert.deepEqual(environ.config().resourceTags, { team: 'green' })
      const other = await newModelConfig({ ...changed.attrs, uuid: crypto.randomUUID() })
      await rejectionOf(NotValidError, environ.setConfig(other))
      assert.equal(environ.config().uuid, changed.uuid)
    },
  },
  {
    id: 'config/upgrade',
    sentence: 'upgrading a configuration twice is as good as once',
    reason: 'it is upgraded whenever it is read',
    async run(trial) {
      const provider = need(await providerOf(trial), upgradesConfig, 'upgrade of configurations')
      const once = await provider.upgradeConfig(await trial.config())
      assert.deepEqual((await provider.upgradeConfig(once)).attrs, once.attrs)
    },
  },
  {
    id: 'open/cheap',
    sentence: 'opening an environ makes no request',
    reason: 'it is done for every call of every model, also when the cloud is down',
    async run(trial) {
      await using faulty = await faultyDispatcher()
      const environs = await trial.runtime({ dispatcher: faulty.dispatcher })
      const environ = await environs.open({ cloud: trial.subject.cloud, config: await trial.config() })
      await environ[Symbol.asyncDispose]()
      assert.deepEqual(faulty.requests, [])
    },
  },
  {
    id: 'open/itself',
    sentence: 'an environ gives the provider and the configuration that it was opened with',
    reason: 'the framework asks it for them',
    async run(trial) {
      const config = await trial.config()
      const environ = await trial.open({ config })
      assert.equal(environ.provider(), await providerOf(trial))
      assert.deepEqual(environ.config().attrs, config.attrs)
    },
  },
  {
    id: 'open/dispose',
    sentence: 'disposing an environ changes nothing in the cloud, and twice is as good as once',
    reason: 'programs end, and machines go on',
    async run(trial) {
      const model = await trial.model()
      const { instance } = await model.start()
      const environs = await trial.environs()
      const { controllerUuid, environ } = model
      const other = await environs.open({
        cloud: trial.subject.cloud,
        config: environ.config(),
        controllerUuid,
      })
      await other.allInstances()
      await other[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      assert.deepEqual(await model.ids(), [instance.id])
    },
  },
]
