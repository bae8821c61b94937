import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type InstanceConfig, NotValidError, Secret } from 'cloud-environs'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { type CloudConfig, contentOf, FULL, render as renderConfig, rendered } from './documents.ts'

const run = promisify(execFile)

const NONCE_FILE = '/var/lib/juju/nonce.txt'

const CONFIG: InstanceConfig = {
  machineId: '0',
  machineNonce: 'machine-0:0c4e1f5a',
  controllerUuid: 'c',
  modelUuid: 'm',
  isController: true,
  base: { os: 'ubuntu', version: '24.04' },
  tags: {},
  authorizedKeys: 'ssh-ed25519 AAAA one\n\n# a comment\n  ssh-rsa BBBB two \r\n',
}

const HOST_KEYS = [
  {
    type: 'ed25519',
    privateKey: new Secret('-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n'),
    publicKey: 'ssh-ed25519 CCCC',
  },
] as const

const render = (over: Partial<InstanceConfig> = {}): Promise<CloudConfig> =>
  renderConfig({ ...CONFIG, ...over })

describe('user data', () => {
  it('makes the user, who logs in with the keys and no password', async () => {
    const { users, ssh_pwauth } = await render()
    expect(ssh_pwauth).toBe(false)
    expect(users).toMatchObject([
      {
        name: 'ubuntu',
        lock_passwd: true,
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        ssh_authorized_keys: ['ssh-ed25519 AAAA one', 'ssh-rsa BBBB two'],
      },
    ])
  })

  it('installs the host keys, when there are some', async () => {
    const privateKey = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n'
    const { ssh_keys } = await render({
      sshHostKeys: [{ type: 'ed25519', privateKey: new Secret(privateKey), publicKey: 'ssh-ed25519 CCCC' }],
    })
    expect(ssh_keys).toEqual({ ed25519_private: privateKey, ed25519_public: 'ssh-ed25519 CCCC' })
    expect(await render()).not.toHaveProperty('ssh_keys')
  })

  it('writes the nonce last of all', async () => {
    const { runcmd } = await render()
    const writing = runcmd.flatMap((command, index) => (command.includes(CONFIG.machineNonce) ? [index] : []))
    expect(writing).toEqual([runcmd.length - 1])
    expect(runcmd.at(-1)).toContain(NONCE_FILE)
  })

  it('has what no YAML parser needs to take as escapes', async () => {
    const machineNonce = '\x00\x07\x7f\x85\x9f\u2028\ufeff\uffff'
    expect(await rendered({ ...CONFIG, machineNonce })).toMatch(/^[\n\x20-\x7e]*$/)
    expect((await render({ machineNonce })).runcmd.at(-1)).toContain(machineNonce)
  })

  test.each([
    'machine-0:0c4e1f5a',
    `it's "quoted"`,
    '$HOME `id` $(id) ; id & id | id > id',
    'back\\slash \\n %s %d',
    '  spaces  ',
    '-n',
    '#: - & * ! [x] {y} ünïcode ☃',
    'two\nlines',
    'null',
    '0123',
    'yes',
    '12:30:45',
    '=',
  ])('brings the nonce %j to the machine as it is', async (machineNonce) => {
    const directory = await mkdtemp(join(tmpdir(), 'environs-test-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const file = join(directory, 'nonce.txt')
    const { runcmd } = await render({ machineNonce })
    const [program = '', ...args] = [runcmd.at(-1) ?? []]
      .flat()
      .map((word) => (word === NONCE_FILE ? file : word))
    expect(args.at(-1)).toBe(file)
    await run(program, args)
    expect(await readFile(file, 'utf8')).toBe(machineNonce)
    expect((await stat(file)).mode & 0o777).toBe(0o644)
    expect(await readdir(directory)).toEqual(['nonce.txt'])
  })
})

describe('user data of an ordinary machine', () => {
  it('updates and upgrades when it is told to, and not otherwise', async () => {
    expect(await renderConfig(FULL)).toMatchObject({ package_update: true, package_upgrade: true })
    const config = await renderConfig({ ...FULL, enableOsRefreshUpdate: false, enableOsUpgrade: false })
    expect(config).not.toHaveProperty('package_update')
    expect(config).not.toHaveProperty('package_upgrade')
  })

  it('takes packages from the mirror, through the proxies of apt', async () => {
    expect((await renderConfig(FULL)).apt).toEqual({
      primary: [{ arches: ['default'], uri: 'http://mirror.example/ubuntu' }],
      security: [{ arches: ['default'], uri: 'http://mirror.example/ubuntu' }],
      http_proxy: 'http://apt.example:3142',
      conf: 'Acquire::http::Proxy::mirror.example "DIRECT";\nAcquire::http::Proxy::10.0.0.1 "DIRECT";\n',
    })
    expect(await render()).not.toHaveProperty('apt')
  })

  it('trusts the authorities', async () => {
    expect((await renderConfig(FULL))['ca_certs']).toEqual({ trusted: FULL.caCertificates })
  })

  it('sets proxies for whoever logs in', async () => {
    expect(contentOf(await renderConfig(FULL), '/etc/profile.d/juju-proxy.sh')?.split('\n')).toEqual([
      "export http_proxy='http://proxy.example:3128'",
      "export HTTP_PROXY='http://proxy.example:3128'",
      "export https_proxy='http://proxy.example:3129'",
      "export HTTPS_PROXY='http://proxy.example:3129'",
      "export no_proxy='10.0.0.0/8'",
      "export NO_PROXY='10.0.0.0/8'",
      '',
    ])
  })

  it('is the same each time', async () => {
    expect(await rendered(FULL)).toBe(await rendered(structuredClone(FULL)))
  })
})

describe('user data of a controller', () => {
  it('has the network, and nothing that is brought by SSH', async () => {
    const { sshHostKeys, ...basic } = { ...FULL, isController: true, sshHostKeys: HOST_KEYS }
    const controller = {
      agentConfig: new Secret('c4n4ry agent.conf'),
      sshPrivateKey: new Secret('c4n4ry key'),
    }
    const text = await rendered({ ...basic, sshHostKeys, controller })
    for (const absent of ['c4n4ry', 'agents.example/agent', 'systemctl', 'package_upgrade']) {
      expect(text).not.toContain(absent)
    }
    expect(text).toContain('mirror.example')
    expect(text).toContain('/etc/profile.d/juju-proxy.sh')
  })
})

describe("a model's cloudinit-userdata", () => {
  const merged = (userdata: string, over: Partial<InstanceConfig> = {}) =>
    renderConfig({ ...FULL, cloudinitUserdata: userdata, ...over })

  it('adds packages and files', async () => {
    const config = await merged('packages: [jq]\nwrite_files: [{path: /a, content: b, permissions: "0640"}]')
    expect(config.packages).toEqual(['curl', 'jq'])
    expect(config.write_files?.at(-1)).toEqual({ path: '/a', content: 'b', permissions: '0640' })
    expect(contentOf(config, '/etc/profile.d/juju-proxy.sh')).toBeDefined()
  })

  it('has its commands around the others, and the nonce is last all the same', async () => {
    const { runcmd } = await merged('preruncmd: [first, [second, a b]]\npostruncmd: [last]')
    expect(runcmd.slice(0, 3)).toEqual(['first', ['second', 'a b'], ['set', '-e']])
    expect(runcmd.at(-2)).toBe('last')
    expect(runcmd.at(-1)).toContain(FULL.machineNonce)
  })

  it('replaces all else', async () => {
    const config = await merged('apt: {sources_list: x}\npackage_upgrade: no\nlocale: de_DE.UTF-8')
    expect(config).toMatchObject({ package_upgrade: false, package_update: true, locale: 'de_DE.UTF-8' })
    expect(config.apt).toEqual({ sources_list: 'x' })
  })

  it('does not replace the host keys that are pinned', async () => {
    const theirs = 'ssh_keys: {rsa_private: theirs}'
    expect((await merged(theirs, { sshHostKeys: HOST_KEYS })).ssh_keys).toEqual({
      ed25519_private: HOST_KEYS[0]?.privateKey.reveal(),
      ed25519_public: HOST_KEYS[0]?.publicKey,
    })
    expect((await merged(theirs)).ssh_keys).toEqual({ rsa_private: 'theirs' })
  })

  it('goes to controllers, too', async () => {
    expect((await merged('packages: [jq]', { isController: true })).packages).toEqual(['jq'])
  })

  test.each([
    ['users: []', /users/],
    ['runcmd: []', /runcmd/],
    ['bootcmd: []', /bootcmd/],
    ['packages: {a: 1}', /packages/],
    ['write_files: a', /write_files/],
    ['- a', /not a YAML map/],
    ['a: [', /not YAML/],
  ])('may not be %j', async (userdata, message) => {
    await expect(merged(userdata)).rejects.toThrow(NotValidError)
    await expect(merged(userdata)).rejects.toThrow(message)
  })
})
