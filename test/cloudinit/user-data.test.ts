import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { InstanceConfig } from 'cloud-environs'
import { renderUserData } from 'cloud-environs/provider'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'

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

interface CloudConfig {
  readonly users: readonly Record<string, unknown>[]
  readonly ssh_keys?: Record<string, string>
  readonly ssh_pwauth: boolean
  readonly runcmd: readonly (readonly string[])[]
}

async function render(over: Partial<InstanceConfig> = {}): Promise<CloudConfig> {
  const text = await renderUserData({ ...CONFIG, ...over })
  expect(text.startsWith('#cloud-config\n')).toBe(true)
  return parse(text) as CloudConfig
}

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
      sshHostKeys: [{ type: 'ed25519', privateKey, publicKey: 'ssh-ed25519 CCCC' }],
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
  ])('brings the nonce %j to the machine as it is', async (machineNonce) => {
    const directory = await mkdtemp(join(tmpdir(), 'environs-test-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const file = join(directory, 'nonce.txt')
    const { runcmd } = await render({ machineNonce })
    const [program = '', ...args] = (runcmd.at(-1) ?? []).map((word) => (word === NONCE_FILE ? file : word))
    expect(args.at(-1)).toBe(file)
    await run(program, args)
    expect(await readFile(file, 'utf8')).toBe(machineNonce)
    expect((await stat(file)).mode & 0o777).toBe(0o644)
    expect(await readdir(directory)).toEqual(['nonce.txt'])
  })
})
