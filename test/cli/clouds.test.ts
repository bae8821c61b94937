/** Clouds and credentials that a user adds, as the command's users do it. */

import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FileControllerStore } from 'cloud-environs'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Account, inventory, lastLine } from './command.ts'
import { runHere } from './here.ts'

let cloud: EmbeddedOpenStack
let account: Account
/** No cloud of OpenStack's own tools is found. */
let none: Readonly<Record<string, string>>

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 20 })
  account = await Account.of(cloud)
  none = { OS_CLIENT_CONFIG_FILE: await file('none.yaml', 'clouds: {}') }
})
afterAll(async () => {
  await account.remove()
  await cloud.close()
})

const run = (args: readonly string[], variables: Readonly<Record<string, string>> = none) =>
  runHere(account, args, variables)

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await run(['--json', ...args])
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as T
}

async function file(name: string, text: string): Promise<string> {
  const path = join(account.home, name)
  await writeFile(path, text)
  return path
}

const ofUser = ['username=demo', 'tenant-name=demo'].flatMap((each) => ['--attribute', each])

describe('a cloud that was added', () => {
  it('is bootstrapped on with its credential and configuration, and stays while it is in use', async () => {
    const path = await file(
      'home.yaml',
      `clouds:
  home:
    type: openstack
    auth-types: [access-key, userpass]
    endpoint: ${cloud.authUrl}
    regions: {RegionOne: {}}
    config: {network: private, http-proxy: "http://cloud.example:3128", netwrok: x}
    region-config:
      RegionOne: {http-proxy: "http://region.example:3128"}
`,
    )
    const added = await run(['add-cloud', 'home', path])
    expect(added.code, added.stderr).toBe(0)
    expect(added.stderr.split('\n').filter(Boolean)).toEqual([
      'WARNING cloud "home", auth-types: "access-key" means nothing',
      'WARNING cloud "home", config: "netwrok" means nothing; did you mean "network"?',
    ])
    const early = await run(['bootstrap', 'home', 'prod'])
    expect(early).toMatchObject({ code: 3, stderr: expect.stringContaining('no credential found') })

    const credential = ['add-credential', 'home', 'me', '--auth-type', 'userpass', ...ofUser]
    const made = await run([...credential, '--env', 'password=PW'], { ...none, PW: 'secret' })
    expect(made.code, made.stderr).toBe(0)
    const kept = join(account.dataDir, 'credentials.yaml')
    expect((await stat(kept)).mode & 0o777).toBe(0o600)
    expect(await readFile(kept, 'utf8')).toContain('password: secret')

    const bootstrapped = await run(['bootstrap', '--no-agent', 'home', 'prod'])
    expect(bootstrapped.code, bootstrapped.stderr).toBe(0)
    const details = await new FileControllerStore(account.dataDir).get('prod')
    expect(details).toMatchObject({
      credentialName: 'me',
      cloud: { name: 'home', region: 'RegionOne', endpoint: cloud.authUrl },
      modelConfig: { network: 'private', 'http-proxy': 'http://region.example:3128' },
    })
    const status = await json('status')
    const ofCloud = await run(['remove-cloud', 'home'])
    const ofCredential = await run(['remove-credential', 'home', 'me'])
    expect(status).toMatchObject({ status: 'ready', cloud: 'home' })
    expect(ofCloud).toMatchObject({ code: 1 })
    expect(ofCloud.stderr).toContain('cloud "home" is in use by controller "prod"')
    expect(ofCredential).toMatchObject({ code: 1 })
    expect(ofCredential.stderr).toContain('credential "me" is in use by controller "prod"')

    await json('destroy', 'prod', '--yes')
    expect(inventory(cloud)).toEqual([])
    const removed = await run(['remove-cloud', 'home'])
    expect(removed.code, removed.stderr).toBe(0)
    expect(removed.stderr).toContain('The credentials of cloud "home" stay')
    expect(await json('clouds')).toEqual({ clouds: [] })
    expect(await run(['remove-cloud', 'home'])).toMatchObject({ code: 3 })
  })

  it('is described by options, which change it', async () => {
    const described = ['--endpoint', cloud.authUrl, '--region', 'one', '--region', 'RegionOne']
    const added = await json('add-cloud', 'options', '--type', 'openstack', ...described)
    const types = ['userpass', 'application-credential']
    expect(added).toMatchObject({ added: 'options', cloud: { 'auth-types': types } })
    await json('update-cloud', 'options', '--endpoint', 'http://127.0.0.1:1/v3', '--no-ping')
    expect(await json('default-region', 'options', 'regionone')).toMatchObject({
      'default-region': 'RegionOne',
    })
    const { code, stdout } = await run(['show-cloud', 'options'])
    expect(code).toBe(0)
    expect(stdout).toBe(`name: options
origin: added
type: openstack
auth-types:
  - userpass
  - application-credential
endpoint: http://127.0.0.1:1/v3
regions:
  one: {}
  RegionOne: {}
default-region: RegionOne
credentials: []
`)
    expect(await json('default-region', 'options', '--reset')).toMatchObject({ 'default-region': 'one' })
  })

  it.each([
    [['add-cloud', 'x'], 2, /nothing says what cloud "x" is; give a file, or --type and --endpoint/],
    [
      ['add-cloud', 'x', '--type', 'opnstack'],
      2,
      /no provider for clouds of type "opnstack"; did you mean "openst/,
    ],
    [['add-cloud', 'x', '--type', 'openstack'], 2, /cloud "x" has no endpoint/],
    [['add-cloud', 'a b', '--type', 'memory'], 2, /"a b" is not a name for a cloud/],
    [['add-cloud', 'x', 'nowhere.yaml'], 3, /nowhere\.yaml cannot be read/],
    [['add-cloud', 'x', 'nowhere.yaml', '--type', 'memory'], 2, /give either/],
    [
      ['add-cloud', 'x', '--type', 'memory', '--auth-type', 'emtpy'],
      1,
      /takes "emtpy"; did you mean "empty"/,
    ],
    [
      ['add-cloud', 'x', '--type', 'openstack', '--endpoint', 'http://127.0.0.1:1'],
      1,
      /refused the connection/,
    ],
    [['update-cloud', 'x', '--type', 'memory'], 3, /cloud "x" not found/],
    [['show-cloud', 'x'], 3, /cloud "x" not found/],
  ] as const)('is not added by %j', async (args, code, says) => {
    const result = await run(args)
    expect(result).toMatchObject({ code, stdout: '' })
    expect(lastLine(result.stderr)).toMatch(says)
    expect(
      (await json<{ clouds: { name: string }[] }>('clouds')).clouds.map(({ name }) => name),
    ).not.toContain('x')
  })
})

describe('clouds that are found', () => {
  interface Outcome {
    readonly cloud: string
    readonly credential?: string
    readonly outcome: string
    readonly reason?: string
  }

  it('are listed beside those that were added, and kept once, without replacing any', async () => {
    const found = (...args: string[]) => runHere(account, args)
    await json('add-cloud', 'embedded-alt', '--type', 'memory')
    const listed = await found('clouds')
    expect(listed.stdout).toMatch(/^embedded +found +openstack +RegionOne +1 +from /m)
    expect(listed.stdout).toMatch(/^embedded-alt +added +memory +1$/m)

    const first = await found('--json', 'autoload-credentials')
    expect(first.code, first.stderr).toBe(0)
    const { imported } = JSON.parse(first.stdout) as { imported: Outcome[] }
    expect(imported).toEqual([
      { cloud: 'embedded', outcome: 'added' },
      { cloud: 'embedded', credential: 'embedded', outcome: 'added' },
      { cloud: 'embedded-admin', outcome: 'added' },
      { cloud: 'embedded-admin', credential: 'embedded-admin', outcome: 'added' },
      { cloud: 'embedded-alt', outcome: 'refused', reason: 'cloud "embedded-alt" already exists' },
    ])
    const again = await found('autoload-credentials', 'embedded')
    expect(again.stdout).toMatch(/^embedded +embedded +unchanged$/m)
    // Where there is no clouds.yaml any more.
    const shown = await run(['show-credential', 'embedded', 'embedded'])
    expect(shown.stdout).toContain('origin: added')
    expect(shown.stdout).toContain('username: demo\n')
    expect(shown.stdout).toContain('password: "***"\n')
    const explained = await run(['explain', 'embedded'])
    expect(explained.code, explained.stderr).toBe(0)
  })
})
