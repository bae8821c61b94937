/**
 * Nothing secret is seen in logs, errors, hooks, `util.inspect` and JSON, whatever a cloud answers: one that quotes all
 * that it got, in every form, and one that breaks at each kind of request.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { createEnvirons, Secret } from 'cloud-environs'
import type { Clock, Logger } from 'cloud-environs/provider'
import { openstack } from 'cloud-environs/providers/openstack'
import { type FaultAction, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { describe, expect, test } from 'vitest'
import {
  connect,
  type ConnectOptions,
  connectOptionsFor,
  type Credential,
  loadCloudConfigs,
  type OpenStackConnection,
} from '../../../providers/openstack/api/index.ts'
import { MemoryControllerStore } from 'cloud-environs/testing'
import { leaksIn } from '../../canary/revealed.ts'
import { CloudDouble, type Received, type Reply, wireServer } from './api/cloud-double.ts'

/** With every sign that is written otherwise somewhere. */
const canary = (name: string) => `c4n4ry"<b>&'\\ é ${name}`
const secret = (name: string) => new Secret(canary(name))
const userData = Buffer.from('c4n4ry user data').toString('base64')
/** The marker, what user data looks like, and the tokens of the double. */
const MARKED = new RegExp(`c4n4ry|${userData.slice(0, 12)}|token-\\d`)

/** All that is said of something, in all the ways that things are printed. */
function said(thing: unknown): string {
  const parts = [
    inspect(thing, { depth: 20, showHidden: true, maxStringLength: null }),
    String(thing),
    JSON.stringify(thing) ?? '',
  ]
  if (thing instanceof Error) parts.push(thing.stack ?? '', thing.message, said(thing.cause))
  return parts.join('\n')
}

/** Keeps every line, as a program would write it. */
class Listener {
  readonly heard: unknown[] = []
  readonly logger: Logger

  constructor() {
    const log = (message: string, fields?: unknown) => {
      this.heard.push(message, typeof fields === 'function' ? (fields as () => unknown)() : fields)
    }
    this.logger = { debug: log, info: log, warn: log, error: log, child: () => this.logger }
  }

  readonly hear = (thing: unknown): void => void this.heard.push(thing)

  /** What a call gives or throws, too. */
  async outcome(call: Promise<unknown>): Promise<void> {
    this.hear(await call.catch((error: unknown) => error))
  }

  readonly hooks = { onRequest: this.hear, onResponse: this.hear }
}

/** A cloud that quotes the request back. */
const quotes: Readonly<Record<string, (request: Received) => Reply>> = {
  'as Nova does': (r) => ({ status: 400, json: { badRequest: { code: 400, message: quoted(r) } } }),
  'as Neutron does': (r) => ({ status: 409, json: { NeutronError: { type: 'X', message: quoted(r) } } }),
  'as Keystone does': (r) => ({ status: 401, json: { error: { title: 'X', message: quoted(r) } } }),
  'in a page': (r) => ({
    status: 502,
    headers: { 'content-type': 'text/html' },
    text: `<h1>${escaped(quoted(r))}`,
  }),
  'as plain text': (r) => ({ status: 500, headers: { 'content-type': 'text/plain' }, text: quoted(r) }),
  'in a redirect': (r) => ({
    status: 302,
    headers: { location: `http://u:${encodeURIComponent(canary('x'))}@a${r.path}` },
    json: {},
  }),
  'as an answer that cannot be read': (r) => ({
    json: { server: quoted(r), keypair: quoted(r), adminPass: [quoted(r)] },
  }),
  'and breaks': () => 'reset',
}
const quoted = ({ body, headers, path }: Received): string =>
  `got ${JSON.stringify(body) ?? ''} by ${headers['x-auth-token'] as string} at ${path}`
const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')

const create = { name: 's', flavor: '1', image: 'i' }
/** Every call that takes a secret, or gives one. */
const calls: Readonly<Record<string, (connection: OpenStackConnection) => Promise<unknown>>> = {
  create: ({ compute }) =>
    compute.servers.create({
      ...create,
      adminPassword: canary('admin'),
      userData,
      personality: [{ path: '/a', contents: userData }],
    }),
  createMany: ({ compute }) =>
    compute.servers.createMany({ ...create, adminPassword: secret('admin'), userData }),
  rebuild: ({ compute }) =>
    compute.servers.rebuild('s', { image: 'i', adminPassword: secret('admin'), userData }),
  rescue: ({ compute }) => compute.servers.rescue('s', { adminPassword: canary('admin') }),
  evacuate: ({ compute }) => compute.servers.evacuate('s', { adminPassword: canary('admin') }),
  changePassword: ({ compute }) => compute.servers.changePassword('s', secret('admin')),
  getPassword: ({ compute }) => compute.servers.getPassword('s', { privateKey: canary('key') }),
  validateConsoleToken: ({ compute }) => compute.servers.validateConsoleToken('c4n4ry console'),
  'validateConsoleToken, bad': ({ compute }) => compute.servers.validateConsoleToken('c4n4ry/console'),
  keypair: ({ compute }) => compute.keypairs.create({ name: 'k' }),
  applicationCredential: ({ identity }) =>
    identity.applicationCredentials.create({ name: 'a', secret: secret('application') }),
  ec2: ({ identity }) => identity.ec2Credentials.create(),
  revoke: ({ identity }) => identity.revoke(),
  'bad user data': ({ compute }) => compute.servers.create({ ...create, userData: canary('user data') }),
  read: ({ network }) => network.networks.all(),
}

const user = { name: 'demo', domain: { id: 'default' } }
const credentials: readonly Credential[] = [
  { method: 'password', user, password: secret('password') },
  { method: 'password', user, password: secret('password'), passcode: secret('passcode') },
  { method: 'totp', user, passcode: secret('passcode') },
  { method: 'applicationCredential', id: 'ac', secret: secret('application') },
  { method: 'token', token: secret('token') },
]

/** Each connection is listened to, and looked at. */
async function listening(
  act: (
    cloud: CloudDouble,
    open: (o?: Partial<ConnectOptions>) => OpenStackConnection,
    listener: Listener,
  ) => Promise<void>,
): Promise<string> {
  const cloud = await CloudDouble.start()
  const listener = new Listener()
  const { logger, hooks } = listener
  const open = (options: Partial<ConnectOptions> = {}) => {
    const connection = cloud.connect({
      credential: { method: 'password', user, password: secret('password') },
      logger,
      hooks,
      ...options,
    })
    listener.hear(connection)
    listener.hear(options)
    return connection
  }
  try {
    await act(cloud, open, listener)
  } finally {
    await cloud[Symbol.asyncDispose]()
  }
  return listener.heard.map(said).join('\n')
}

/** The first leak, with what is around it. */
const leak = (text: string): string | undefined => {
  const at = text.search(MARKED)
  return at < 0 ? undefined : text.slice(Math.max(0, at - 200), at + 80)
}

const isToken = ({ method, path }: Received) => method === 'POST' && path === '/v3/auth/tokens'

describe('a cloud that quotes what it got', () => {
  test.each(Object.entries(quotes))('%s', async (_, quote) => {
    const text = await listening(async (cloud, open, listener) => {
      cloud.handler = (request) => {
        if (request.path === '/compute/v2.1/')
          return { json: { version: { version: '2.50', min_version: '2.1' } } }
        return isToken(request) ? undefined : quote(request)
      }
      for (const call of Object.values(calls)) await listener.outcome(call(open()))
      cloud.handler = quote
      for (const credential of credentials) {
        const scope = credential.method === 'applicationCredential' ? { scope: undefined } : {}
        await listener.outcome(open({ credential, ...scope }).identity.authenticate())
      }
    })
    expect(text.length).toBeGreaterThan(10_000)
    expect(leak(text)).toBeUndefined()
    expect(leaksIn(text)).toEqual([])
  })
})

test('what a cloud makes up is a secret, too', async () => {
  const made = canary('made')
  const answer = { adminPass: made, password: 'AAAA', server: wireServer('s', { adminPass: made }) }
  const keypair = { name: 'k', public_key: 'p', fingerprint: 'f', private_key: made }
  const credential = { access: 'a', secret: made, user_id: 'u', tenant_id: 't' }
  const application_credential = { id: 'a', name: 'a', project_id: 'p', secret: made }
  const text = await listening(async (cloud, open, listener) => {
    cloud.handler = (request) => {
      if (request.path === '/compute/v2.1/')
        return { json: { version: { version: '2.50', min_version: '2.1' } } }
      return isToken(request)
        ? undefined
        : { json: { ...answer, keypair, credential, application_credential } }
    }
    for (const call of Object.values(calls)) await listener.outcome(call(open()))
  })
  expect(text.match(/\*\*\*/g)?.length).toBeGreaterThan(5)
  expect(leak(text)).toBeUndefined()
})

test('options that cannot work, and a configuration', async () => {
  const listener = new Listener()
  const credential = credentials[0] as Credential
  for (const options of [
    { authUrl: 'https://demo:c4n4ry@keystone/v3' },
    { authUrl: 'ftp://demo:c4n4ry@keystone/v3' },
    { authUrl: 'https://keystone/v3', endpointOverrides: { compute: 'https://demo:c4n4ry@nova/v2.1' } },
    { authUrl: 'https://keystone/v3', endpointOverrides: { compute: '//demo:c4n4ry@nova' } },
  ]) {
    await listener.outcome((async () => connect({ credential, ...options }))())
  }
  const tls = { cert: 'none', key: secret('key') }
  await using connection = connect({ authUrl: 'https://127.0.0.1:9/v3', credential, tls })
  await listener.outcome(connection.identity.authenticate())
  const variables = {
    OS_AUTH_URL: 'https://keystone/v3',
    OS_USERNAME: 'demo',
    OS_PASSWORD: canary('password'),
    OS_PROJECT_NAME: 'demo',
    OS_TOKEN: canary('token'),
    OS_PASSCODE: canary('passcode'),
  }
  const configs = await loadCloudConfigs({ variables, homeDir: '/nonexistent', workingDir: '/nonexistent' })
  const config = configs.get('envvars')
  for (const thing of [configs, config, await connectOptionsFor(config), tls, credentials])
    listener.hear(thing)
  expect(leak(listener.heard.map(said).join('\n'))).toBeUndefined()
})

const FAULTS: Readonly<Record<string, FaultAction | undefined>> = {
  none: undefined,
  'reset before the cloud acts': 'reset-before',
  'reset after the cloud acted': 'reset-after',
  truncated: 'truncated',
  'a page in HTML': 'html',
  400: { status: 400, body: { badRequest: { code: 400, message: 'no' } } },
  401: { status: 401, body: { error: { code: 401, title: 'Unauthorized', message: 'no' } } },
  403: { status: 403, body: { forbidden: { code: 403, message: 'no' } } },
  409: { status: 409, body: { conflictingRequest: { code: 409, message: 'no' } } },
  503: { status: 503, body: 'no' },
}

/** Time that goes fifty times as fast. */
const began = Date.now()
const fastClock: Clock = {
  now: () => began + (Date.now() - began) * 50,
  sleep: (ms, { signal } = {}) => sleep(ms / 50, undefined, signal ? { signal } : undefined),
}

describe('a controller on a cloud with faults', () => {
  test.each(Object.entries(FAULTS))('%s', async (_, action) => {
    const password = canary('password')
    await using cloud = await startEmbeddedOpenStack({
      buildMillis: 5,
      deleteMillis: 5,
      users: [{ name: 'demo', password, projects: ['demo'] }],
    })
    const { hear, logger, heard } = new Listener()
    const credential = {
      authType: 'userpass',
      attributes: { username: 'demo', password: new Secret(password), 'tenant-name': 'demo' },
    }
    const environs = await createEnvirons({
      plugins: [openstack()],
      clock: fastClock,
      logger,
      controllers: new MemoryControllerStore(),
    })
    const spec = {
      type: 'openstack',
      name: 'embedded',
      region: 'RegionOne',
      endpoint: cloud.authUrl,
      credential,
    }
    for (const path of action
      ? [/auth\/tokens$/, /servers$/, /servers\/detail/, /security-groups/]
      : [/$^/]) {
      if (action) cloud.faults.add({ path, action })
      const bootstrapping = environs.bootstrap(
        {
          agent: 'none',
          controllerName: 'c',
          cloud: spec,
          modelConfig: { network: 'private' },
        },
        { onProgress: hear },
      )
      hear(
        await bootstrapping.then(
          ({ details }) => details,
          (error: unknown) => error,
        ),
      )
      cloud.faults.clear()
      if ((await environs.controllers.all()).length === 0) continue
      await using environ = await environs.openController('c', { credential })
      for (const thing of [environ, environ.config(), await environ.allInstances(), environs, spec])
        hear(thing)
      await environs.destroyController('c', { credential })
    }
    const text = heard.map(said).join('\n')
    expect(text.length).toBeGreaterThan(1_000)
    expect(leak(text)).toBeUndefined()
    // Tokens, keys and passwords that were made on the way.
    expect(leaksIn(text)).toEqual([])
  })
})
