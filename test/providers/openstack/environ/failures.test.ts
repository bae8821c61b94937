/** What goes wrong in a cloud: each a typed error that says what to do, and nothing left behind. */

import { randomBytes } from 'node:crypto'
import {
  type CloudSpec,
  createEnvirons,
  EnvironsError,
  findError,
  NotFoundError,
  NotValidError,
  newModelConfig,
  Secret,
  UnauthorizedError,
  UnavailableError,
} from 'cloud-environs'
import { parseBase } from 'cloud-environs/provider'
import { openstack } from 'cloud-environs/providers/openstack'
import { describe, expect, it } from 'vitest'
import { openModel, type Subject } from '../../../environ-contract.ts'
import { environSuite } from './suite.ts'

const suite = environSuite()

/** A bootstrap that must fail. */
async function failure(spec: CloudSpec, params: object = {}): Promise<unknown> {
  const error: unknown = await suite.environs
    .bootstrap({
      agent: 'none',
      controllerName: 'doomed',
      cloud: spec,
      modelConfig: suite.cloud.modelConfig ?? {},
      ...params,
    })
    .then(
      () => new Error('it bootstrapped'),
      (error: unknown) => error,
    )
  expect(await suite.environs.controllers.all()).toEqual([])
  expect(await suite.cloud.leftovers()).toEqual([])
  return error
}

const withSecret = (spec: CloudSpec, password: string): CloudSpec => ({
  ...spec,
  credential: {
    authType: 'userpass',
    ...spec.credential,
    attributes: { ...spec.credential?.attributes, password: new Secret(password) },
  },
})

describe('opening', () => {
  it('makes no request', async () => {
    const refuse = new Proxy({}, { get: () => expect.unreachable('the dispatcher was used') })
    const offline = await createEnvirons({
      plugins: [openstack()],
      dispatcher: refuse as never,
      dataDir: '/nonexistent',
    })
    const config = await newModelConfig({ name: 'm', type: 'openstack', uuid: crypto.randomUUID() })
    const environ = await offline.open({ cloud: suite.cloud.cloud, config })
    expect(environ.config()).toBe(config)
    await environ[Symbol.asyncDispose]()
  })
})

describe('a bootstrap', () => {
  it('is refused with a wrong password, which it does not repeat', async () => {
    const error = await failure(withSecret(suite.cloud.cloud, 'wr0ng-passw0rd'))
    expect(error).toBeInstanceOf(UnauthorizedError)
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('wr0ng-passw0rd')
    expect((error as EnvironsError).hint).toBeTruthy()
  })

  it('says which regions there are', async () => {
    const error = await failure({ ...suite.cloud.cloud, region: 'Atlantis' })
    expect(error).toBeInstanceOf(NotFoundError)
    expect(`${(error as EnvironsError).message} ${(error as EnvironsError).hint}`).toMatch(
      /Atlantis.*RegionOne/s,
    )
  })

  it('says that nobody answers', async () => {
    const error = await failure({ ...suite.cloud.cloud, endpoint: 'http://127.0.0.1:9/v3' })
    expect(error).toBeInstanceOf(UnavailableError)
    expect((error as Error).message).toContain('http://127.0.0.1:9')
  }, 60_000)

  it.each([
    ['a network that is not there', { modelConfig: { network: 'atlantis' } }, /network "atlantis" not found/],
    ['a zone that is not there', { placement: 'zone=atlantis' }, /availability zone "atlantis" not valid/],
    [
      'an unknown instance type',
      { bootstrapConstraints: { instanceType: 'm9.huge' } },
      /instance-type=m9.huge/,
    ],
    ['more than any flavor has', { bootstrapConstraints: { mem: 99_999_999 } }, /no instance types/],
    [
      'a base without images',
      { base: 'plan9@4', modelConfig: { 'image-metadata-defaults-disabled': true } },
      /no "plan9@4" images/,
    ],
    [
      'two constraints that exclude each other',
      { bootstrapConstraints: { instanceType: 'm1.small', mem: 1 } },
      /overlaps/,
    ],
    [
      'an attribute of the wrong type',
      { modelConfig: { 'use-default-secgroup': 'perhaps' } },
      /use-default-secgroup/,
    ],
  ])('refuses %s', async (_what, params, message) => {
    const error = await failure(suite.cloud.cloud, params)
    expect(error).toBeInstanceOf(EnvironsError)
    expect((error as EnvironsError).message).toMatch(message)
    expect((error as EnvironsError).hint ?? (error as EnvironsError).resource).toBeTruthy()
  })

  it('removes a server that the cloud could not build, and tells why', async () => {
    const error = await failure(suite.cloud.cloud, {
      modelConfig: { ...suite.cloud.modelConfig, 'resource-tags': 'loopback_build_fault=abort' },
    })
    expect(error).toBeInstanceOf(EnvironsError)
    expect((error as Error).message).toMatch(
      /cannot run instance: server [0-9a-f-]{36} is ERROR: .*[Bb]uild of instance .* aborted/,
    )
  })

  it('stops when it is told to while its server is being built', async () => {
    const abort = new AbortController()
    const reason = new Error('enough')
    const bootstrapping = suite.environs.bootstrap(
      {
        agent: 'none',
        controllerName: 'slow',
        cloud: suite.cloud.cloud,
        modelConfig: { ...suite.cloud.modelConfig, 'resource-tags': 'loopback_build_seconds=20' },
      },
      {
        signal: abort.signal,
        onProgress: ({ message }) => {
          if (message.includes('is being built')) abort.abort(reason)
        },
      },
    )
    await expect(bootstrapping).rejects.toBe(reason)
    expect(await suite.environs.controllers.all()).toEqual([])
    expect(await suite.cloud.leftovers()).toEqual([])
  }, 90_000)
})

describe('an application credential', () => {
  it('starts instances like a password does', async () => {
    const { token } = await tokenOf(suite.cloud)
    const made = await identityRequest(
      suite.cloud,
      token.secret,
      'POST',
      `/users/${token.userId}/application_credentials`,
      {
        application_credential: { name: `environs-${crypto.randomUUID()}` },
      },
    )
    const { id, secret } = (made as { application_credential: { id: string; secret: string } })
      .application_credential
    try {
      const credential = {
        authType: 'application-credential',
        attributes: { 'application-credential-id': id, 'application-credential-secret': new Secret(secret) },
      }
      const { details } = await suite.environs.bootstrap({
        agent: 'none',
        controllerName: 'app',
        cloud: { ...suite.cloud.cloud, credential },
        modelConfig: suite.cloud.modelConfig ?? {},
      })
      expect(JSON.stringify(details)).not.toContain(secret)
      await suite.environs.destroyController('app', { credential })
    } finally {
      await identityRequest(
        suite.cloud,
        token.secret,
        'DELETE',
        `/users/${token.userId}/application_credentials/${id}`,
      )
    }
  })
})

describe('an instance', () => {
  it('in ERROR is seen, and is destroyed with its model', async () => {
    const { environ, controllerUuid, params } = await openModel(suite.environs, suite.cloud)
    const { instanceConfig } = params()
    const [image] = await suite.cloud.connection.image.images.all({ name: 'cirros' })
    const [flavor] = (await suite.cloud.connection.compute.flavors.all()).filter(
      ({ name }) => name === 'm1.tiny',
    )
    const [network] = await suite.cloud.connection.network.networks.all({ name: 'private' })
    const { id } = await suite.cloud.connection.compute.servers.create({
      name: 'juju-broken-contract-9',
      image: image?.id,
      flavor: flavor?.id ?? '',
      networks: [{ network: network?.id }],
      metadata: { ...instanceConfig.tags, loopback_build_fault: 'abort' },
    })
    await suite.cloud.connection.compute.servers.waitForStatus(id, { accept: ['ERROR'] })
    const [instance] = await environ.instances([id])
    expect(instance?.status).toMatchObject({
      state: 'provisioning-error',
      message: expect.stringContaining('ERROR'),
    })
    await environ.destroyController(controllerUuid)
    expect(await environ.allInstances()).toEqual([])
  })

  it('that needs a base nobody has is refused before anything is made', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const error = await start({ instanceConfig: { base: parseBase('plan9@4') } }).catch(
      (error: unknown) => error,
    )
    expect(findError(error, NotFoundError)).toBeDefined()
    expect(await environ.allInstances()).toEqual([])
  })

  it('with more user data than Nova takes is refused', async () => {
    const { start } = await openModel(suite.environs, suite.cloud)
    const error = await start({
      // Keys do not compress.
      instanceConfig: { authorizedKeys: `ssh-rsa ${randomBytes(60_000).toString('base64')}\n` },
    }).catch((e: unknown) => e)
    expect(findError(error, NotValidError)?.message).toMatch(
      /user data is too large: \d+ characters, of at most 65535/,
    )
  })
})

async function tokenOf({ cloud: { endpoint = '', credential } }: Subject) {
  const text = (name: string) => {
    const value = credential?.attributes[name]
    return value instanceof Secret ? value.reveal() : value
  }
  const domain = { id: 'default' }
  const response = await fetch(`${endpoint.replace(/\/v3$/, '')}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: text('username'), domain, password: text('password') } },
        },
        scope: { project: { name: text('tenant-name'), domain } },
      },
    }),
  })
  const body = (await response.json()) as { token: { user: { id: string } } }
  return { token: { secret: response.headers.get('x-subject-token') ?? '', userId: body.token.user.id } }
}

async function identityRequest(
  { cloud: { endpoint = '' } }: Subject,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(`${endpoint.replace(/\/v3$/, '')}/v3${path}`, {
    method,
    headers: { 'x-auth-token': token, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  expect(response.ok).toBe(true)
  return response.status === 204 ? undefined : await response.json()
}
