import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import type { HostEnvironment } from 'cloud-environs/provider'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectOptionsFor, loadCloudConfigs } from '../../../../../providers/openstack/api/index.ts'
import { failure } from '../cloud-double.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'clouds-yaml-'))
})
afterEach(() => rm(dir, { recursive: true }))

const write = async (path: string, text: string) => {
  await mkdir(dirname(join(dir, path)), { recursive: true })
  await writeFile(join(dir, path), text)
}
const load = (variables: HostEnvironment['variables'] = {}) =>
  loadCloudConfigs(
    { variables, homeDir: join(dir, 'home'), workingDir: join(dir, 'work') },
    { systemDirectory: join(dir, 'etc') },
  )
const cloud = (name: string) => `
clouds:
  ${name}:
    auth: {auth_url: 'https://${name}:5000', username: u, password: 0123, project_name: p}
    region_name: RegionOne
`

describe('files', () => {
  test.each(['work/clouds.yaml', 'work/clouds.yml', 'home/.config/openstack/clouds.yaml', 'etc/clouds.yaml'])(
    '%s is found',
    async (path) => {
      await write(path, cloud('home'))
      const clouds = await load()
      expect(clouds.names()).toEqual(['home'])
      expect(clouds.defaultName()).toBe('home')
      expect(clouds.get('home')).toMatchObject({ name: 'home', source: join(dir, path), region: 'RegionOne' })
    },
  )

  test('the nearest one is the only one', async () => {
    await write('work/clouds.yaml', cloud('near'))
    await write('etc/clouds.yaml', cloud('far'))
    expect((await load()).names()).toEqual(['near'])
  })

  test('one named by OS_CLIENT_CONFIG_FILE goes first, and must be there', async () => {
    await write('work/clouds.yaml', cloud('near'))
    await write('home/mine.yaml', cloud('mine'))
    expect((await load({ OS_CLIENT_CONFIG_FILE: '~/mine.yaml' })).names()).toEqual(['mine'])
    expect(await failure(load({ OS_CLIENT_CONFIG_FILE: '/nowhere.yaml' }))).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('/nowhere.yaml'),
    })
  })

  test('what a vendor publishes lies below what the cloud says itself', async () => {
    await write(
      'work/clouds-public.yaml',
      `
public-clouds:
  acme: {auth: {auth_url: 'https://acme:5000', user_domain_name: acme}, region_name: East, interface: internal}
`,
    )
    await write(
      'work/clouds.yaml',
      `
clouds:
  mine: {profile: acme, auth: {username: u, password: p, project_name: p}, region_name: West}
  lost: {profile: acme, auth: {auth_url: 'https://own:5000'}}
`,
    )
    const clouds = await load()
    expect(clouds.get('mine')).toMatchObject({
      source: join(dir, 'work/clouds.yaml'),
      auth: { authUrl: 'https://acme:5000', username: 'u', userDomainName: 'acme' },
      region: 'West',
      interface: 'internal',
    })
    expect(clouds.get('lost').auth.authUrl).toBe('https://own:5000')
    await write('work/clouds.yaml', 'clouds: {other: {profile: nobody, auth: {username: u}}}')
    const others = await load()
    expect(await failure(Promise.resolve().then(() => others.get('other')))).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/clouds\.other uses the profile "nobody"/),
      hint: expect.stringContaining('acme'),
    })
  })

  test('one-time passwords and trusts are understood', async () => {
    await write(
      'work/clouds.yaml',
      `
clouds:
  both:
    auth_type: v3multifactor
    auth: {auth_url: 'https://c:5000', username: u, password: p, passcode: 012345, trust_id: t}
  alone:
    auth_type: v3totp
    auth: {auth_url: 'https://c:5000', username: u, passcode: 012345}
`,
    )
    const clouds = await load()
    const both = await connectOptionsFor(clouds.get('both'))
    expect(both).toMatchObject({ credential: { method: 'password' }, scope: { trust: { id: 't' } } })
    expect('passcode' in both.credential && both.credential.passcode?.reveal()).toBe('012345')
    expect((await connectOptionsFor(clouds.get('alone'))).credential.method).toBe('totp')
  })

  test('JSON is read too', async () => {
    await write('work/clouds.json', '{"clouds": {"j": {"auth": {"auth_url": "https://j"}}}}')
    expect((await load()).get('j').auth.authUrl).toBe('https://j')
  })

  test('none at all is fine', async () => {
    const clouds = await load()
    expect(clouds.names()).toEqual([])
    expect(clouds.defaultName()).toBeUndefined()
  })

  test('secure.yaml is laid over, at every depth', async () => {
    await write('work/clouds.yaml', cloud('home'))
    await write('etc/secure.yaml', 'clouds: {home: {auth: {password: s3cr3t}}}')
    const { auth } = (await load()).get('home')
    expect(auth.password?.reveal()).toBe('s3cr3t')
    expect(auth.username).toBe('u')
  })

  test('anchors and merge keys work', async () => {
    await write(
      'work/clouds.yaml',
      'common: &c {auth_url: https://c, username: u}\nclouds: {a: {auth: {<<: *c, password: p}}}',
    )
    expect((await load()).get('a').auth).toMatchObject({ authUrl: 'https://c', username: 'u' })
  })
})

describe('mistakes', () => {
  test('broken YAML is named by file, line and column, and not quoted', async () => {
    await write('work/clouds.yaml', 'clouds:\n  home:\n    auth:\n      password: "hunter2\n')
    const error = await failure(load())
    expect(error).toMatchObject({
      code: 'NOT_VALID',
      message: expect.stringMatching(/work\/clouds\.yaml, line \d+, column \d+: not valid YAML/),
      hint: expect.stringContaining('line'),
    })
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
  })

  test.each([
    ['auth is a list', 'clouds: {home: {auth: [a]}}', 'clouds.home.auth must be a mapping'],
    [
      'a password is a list',
      'clouds: {home: {auth: {password: [hunter2]}}}',
      'clouds.home.auth.password must be a text',
    ],
    ['verify is nonsense', 'clouds: {home: {verify: perhaps}}', 'clouds.home.verify must be true or false'],
    ['interface is nonsense', 'clouds: {home: {interface: x}}', 'clouds.home.interface must be public'],
    ['regions is a text', 'clouds: {home: {regions: x}}', 'clouds.home.regions must be a list'],
    ['a cloud is a text', 'clouds: {home: x}', 'clouds.home must be a mapping'],
    ['the file is a list', '- a', 'the file must be a mapping'],
  ])('%s', async (_, text, message) => {
    await write('work/clouds.yaml', text)
    const error = await failure(load().then((clouds) => clouds.get('home')))
    expect(error).toMatchObject({ code: 'NOT_VALID', message: expect.stringContaining(message) })
    expect(error).toMatchObject({ message: expect.stringContaining('work/clouds.yaml') })
    expect(inspect(error)).not.toContain('hunter2')
  })

  test('an unknown cloud lists those there are and where they are from', async () => {
    await write('work/clouds.yaml', `${cloud('b')}  a: {}\n`)
    expect(await failure(load().then((clouds) => clouds.get('c')))).toMatchObject({
      code: 'NOT_FOUND',
      message: `there is no cloud "c"; there are: a, b (looked in ${join(dir, 'work/clouds.yaml')})`,
    })
  })

  test('without any file the places are listed', async () => {
    const error = await failure(load().then((clouds) => clouds.get('c')))
    expect(error).toMatchObject({ message: expect.stringContaining(join(dir, 'etc/clouds.yaml')) })
  })

  test('a huge file is refused', async () => {
    await write('work/clouds.yaml', `# ${'x'.repeat(1024 * 1024)}`)
    expect(await failure(load())).toMatchObject({ message: expect.stringContaining('larger than 1 MiB') })
  })

  test('an alias bomb is refused', async () => {
    const levels = 'bcdefghij'.split('').map((name, i) => {
      const below = String.fromCharCode('a'.charCodeAt(0) + i)
      return `${name}: &${name} [${Array(9).fill(`*${below}`).join(', ')}]`
    })
    await write('work/clouds.yaml', ['a: &a [x]', ...levels].join('\n'))
    expect(await failure(load())).toMatchObject({ code: 'NOT_VALID' })
  })
})

describe('environment variables', () => {
  const variables = { OS_AUTH_URL: 'https://e', OS_USERNAME: 'u', OS_PASSWORD: 'p', OS_TENANT_NAME: 't' }

  test('are the cloud "envvars", and the one that is meant', async () => {
    await write('work/clouds.yaml', cloud('home'))
    const clouds = await load({ ...variables, OS_REGION_NAME: 'R' })
    expect(clouds.names()).toEqual(['envvars', 'home'])
    expect(clouds.defaultName()).toBe('envvars')
    expect(clouds.get('envvars')).toMatchObject({
      source: 'environment variables',
      region: 'R',
      auth: { authUrl: 'https://e', username: 'u', projectName: 't' },
    })
  })

  test('OS_CLOUD means one of the file', async () => {
    await write('work/clouds.yaml', cloud('home'))
    expect((await load({ ...variables, OS_CLOUD: 'home' })).defaultName()).toBe('home')
  })

  test('OS_CLOUD_NAME renames it, and must not take the name of another', async () => {
    await write('work/clouds.yaml', cloud('home'))
    expect((await load({ ...variables, OS_CLOUD_NAME: 'mine' })).names()).toEqual(['home', 'mine'])
    expect(await failure(load({ ...variables, OS_CLOUD_NAME: 'home' }))).toMatchObject({ code: 'NOT_VALID' })
  })

  test('without OS_AUTH_URL are none', async () => {
    expect((await load({ OS_USERNAME: 'u', OS_REGION_NAME: 'R' })).names()).toEqual([])
  })
})

describe('a cloud', () => {
  const options = async (yaml: string, region?: string) => {
    await write('work/clouds.yaml', `clouds:\n  c:\n    ${yaml.trim().replaceAll('\n', '\n    ')}\n`)
    return connectOptionsFor((await load()).get('c', region))
  }

  test('with user and password: texts stay as written, and domains have a default', async () => {
    const { credential, scope, authUrl } = await options(
      'auth: {auth_url: https://k, username: u, password: 0123, project_name: 007}',
    )
    expect(authUrl).toBe('https://k')
    expect(credential).toMatchObject({ method: 'password', user: { name: 'u', domain: { id: 'default' } } })
    expect(credential.method === 'password' && credential.password.reveal()).toBe('0123')
    expect(scope).toEqual({ project: { name: '007', domain: { id: 'default' } } })
  })

  test('domain_name holds for user and project', async () => {
    const { credential, scope } = await options(
      'auth: {auth_url: https://k, username: u, password: p, project_name: q, domain_name: D}',
    )
    expect(credential).toMatchObject({ user: { domain: { name: 'D' } } })
    expect(scope).toEqual({ project: { name: 'q', domain: { name: 'D' } } })
  })

  test('an application credential is told by its keys, and has no scope', async () => {
    const { credential, scope } = await options(
      'auth: {auth_url: https://k, application_credential_id: ac, application_credential_secret: s, project_id: x}',
    )
    expect(credential).toMatchObject({ method: 'applicationCredential', id: 'ac' })
    expect(scope).toBeUndefined()
  })

  test.each([
    ['token', 'auth: {auth_url: https://k, token: t}', { method: 'token' }],
    ['v3token', 'auth_type: v3token\nauth: {auth_url: https://k, token: t}', { method: 'token' }],
    [
      'v3password with an id',
      'auth_type: v3password\nauth: {auth_url: https://k, user_id: u, password: p}',
      { method: 'password', user: { id: 'u' } },
    ],
  ])('%s', async (_, yaml, credential) => {
    expect((await options(yaml)).credential).toMatchObject(credential)
  })

  test('a system scope', async () => {
    const auth = 'auth: {auth_url: https://k, username: u, password: p, system_scope: all}'
    expect((await options(auth)).scope).toEqual({ system: 'all' })
  })

  test('TLS files are read, with ~ as home; insecure turns verification off', async () => {
    await write('home/ca.pem', 'PEM')
    const { tls } = await options('cacert: ~/ca.pem\ninsecure: true\nauth: {auth_url: https://k, token: t}')
    expect(tls).toMatchObject({ cacert: 'PEM', verify: false })
    expect(await failure(options('cacert: ~/none.pem\nauth: {auth_url: https://k, token: t}'))).toMatchObject(
      {
        code: 'NOT_VALID',
        message: expect.stringContaining('none.pem'),
      },
    )
  })

  test('endpoints, interface and regions with values of their own', async () => {
    const yaml = `
auth: {auth_url: https://k, token: t}
interface: internalURL
compute_endpoint_override: https://n/v2.1
block_storage_endpoint_override: https://b/v3
regions:
- east
- name: west
  values: {auth: {auth_url: https://west}}`
    expect(await options(yaml)).toMatchObject({
      region: 'east',
      interface: 'internal',
      authUrl: 'https://k',
      endpointOverrides: { compute: 'https://n/v2.1', 'block-storage': 'https://b/v3' },
    })
    expect(await options(yaml, 'west')).toMatchObject({ region: 'west', authUrl: 'https://west' })
    expect((await load()).get('c').regions).toEqual(['east', 'west'])
  })

  test.each([
    ['no password', 'auth: {auth_url: https://k, username: u}', 'NOT_VALID', 'has no password'],
    ['no auth_url', 'auth: {username: u, password: p}', 'NOT_VALID', 'has no auth_url'],
    [
      'another way',
      'auth_type: v3oidcpassword\nauth: {auth_url: https://k}',
      'NOT_SUPPORTED',
      'v3oidcpassword',
    ],
  ])('with %s says what to do', async (_, yaml, code, message) => {
    expect(await failure(options(yaml))).toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test('prints no secret', async () => {
    await write('work/clouds.yaml', cloud('home').replace('0123', 'hunter2'))
    const config = (await load()).get('home')
    expect(inspect(config) + JSON.stringify(config)).not.toContain('hunter2')
  })
})
