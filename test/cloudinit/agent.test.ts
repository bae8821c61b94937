/** What a machine does with its user data, as a script that is really run, in a directory instead of `/`. */

import { execFile, type ExecFileException } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type InstanceConfig, NotValidError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { type CloudConfig, contentOf, FULL, render, scriptOf } from './documents.ts'

const run = promisify(execFile)

const PROGRAM = '#!/bin/sh\necho "agent $* $http_proxy"\n'

let root: string
let archive: string
let sha256: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'environs-test-'))
  await mkdir(join(root, 'build/bin'), { recursive: true })
  await writeFile(join(root, 'build/bin/environs-agent'), PROGRAM, { mode: 0o755 })
  archive = join(root, 'agent.tar.gz')
  await run('tar', ['-czf', archive, '-C', join(root, 'build'), '.'])
  sha256 = createHash('sha256')
    .update(await readFile(archive))
    .digest('hex')
  await mkdir(join(root, 'programs'))
  await program('systemctl', '')
  await program('sleep', '')
  await program('curl', `while [ "$1" != --output ]; do shift; done; cp '${archive}' "$2"`)
})
afterEach(() => rm(root, { recursive: true }))

/** A program of the machine, which also writes down how it was called. */
const program = (name: string, script: string): Promise<void> =>
  writeFile(
    join(root, 'programs', name),
    `#!/bin/sh\necho "${name} $*\${http_proxy:+ $http_proxy}" >> '${root}/calls'\n${script}\n`,
    { mode: 0o755 },
  )

const calls = async (): Promise<string[]> =>
  (await readFile(join(root, 'calls'), 'utf8')).split('\n').slice(0, -1)

/** What a unit of systemd runs. */
async function command(unit: string): Promise<string> {
  const text = await readFile(join(root, 'etc/systemd/system', unit), 'utf8')
  return /^ExecStart=(.*)$/m.exec(text)?.[1] ?? ''
}

const nonce = (): Promise<string> => readFile(join(root, 'var/lib/juju/nonce.txt'), 'utf8')

/** Writes the files and runs the script; gives its exit code. */
async function boot(over: Partial<InstanceConfig> = {}): Promise<number> {
  const agentBinary = FULL.agentBinary && { ...FULL.agentBinary, sha256 }
  const config = await render({ ...FULL, ...(agentBinary ? { agentBinary } : {}), ...over })
  const here = JSON.parse(
    JSON.stringify(config)
      .replaceAll('/var/lib/juju', `${root}/var/lib/juju`)
      .replaceAll('/etc/', `${root}/etc/`),
  ) as CloudConfig
  for (const { path, content, permissions } of here.write_files ?? []) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
    await chmod(path, Number.parseInt(permissions, 8))
  }
  const script = join(root, 'script')
  await writeFile(script, scriptOf(here))
  const env = { PATH: `${join(root, 'programs')}:${process.env['PATH']}` }
  return await run('sh', [script], { cwd: root, env }).then(
    () => 0,
    (error: ExecFileException) => Number(error.code),
  )
}

describe('an ordinary machine', () => {
  it('downloads its agent through the proxies, unpacks it, and starts its service', async () => {
    expect(await boot()).toBe(0)
    expect(await calls()).toEqual([
      expect.stringMatching(
        /^curl .*--url https:\/\/agents.example\/agent.tar.gz http:\/\/agents.example:3128$/,
      ),
      'systemctl daemon-reload',
      'systemctl enable jujud-machine-7.service',
      'systemctl restart jujud-machine-7.service',
    ])
    const { stdout } = await run('sh', ['-c', await command('jujud-machine-7.service')])
    expect(stdout).toBe(
      `agent --config ${root}/var/lib/juju/agents/machine-7/agent.conf http://agents.example:3128\n`,
    )
    expect(await nonce()).toBe(FULL.machineNonce)
  })

  it('replaces what was unpacked before', async () => {
    await mkdir(join(root, 'var/lib/juju/tools/machine-7'), { recursive: true })
    await writeFile(join(root, 'var/lib/juju/tools/machine-7/old'), '')
    expect(await boot()).toBe(0)
    await expect(stat(join(root, 'var/lib/juju/tools/machine-7/old'))).rejects.toThrow(/ENOENT/)
  })

  it('tries again when nothing comes, or not what was chosen', async () => {
    await program(
      'curl',
      `while [ "$1" != --output ]; do shift; done
      case $(grep -c ^curl '${root}/calls') in 1) exit 7;; 2) echo no > "$2";; *) cp '${archive}' "$2";; esac`,
    )
    expect(await boot()).toBe(0)
    expect((await calls()).map((call) => call.split(' ', 2).join(' ')).slice(0, 5)).toEqual([
      expect.stringMatching(/^curl/),
      'sleep 15',
      expect.stringMatching(/^curl/),
      'sleep 15',
      expect.stringMatching(/^curl/),
    ])
  })

  it('has no nonce when the agent never comes', async () => {
    await program('curl', 'exit 7')
    expect(await boot()).toBe(1)
    expect((await calls()).filter((call) => call.startsWith('sleep'))).toHaveLength(119)
    await expect(nonce()).rejects.toThrow(/ENOENT/)
  })

  it('has no nonce when a postruncmd fails, and has one when a preruncmd does', async () => {
    expect(await boot({ cloudinitUserdata: 'postruncmd: ["false"]' })).toBe(1)
    await expect(nonce()).rejects.toThrow(/ENOENT/)
    expect(await boot({ cloudinitUserdata: 'preruncmd: ["false"]' })).toBe(0)
    expect(await nonce()).toBe(FULL.machineNonce)
  })

  it('takes wget where there is no curl', async () => {
    const only = join(root, 'only')
    await mkdir(only)
    const script = `for each in sh mkdir sha256sum tar gzip rm install mv cp; do
      ln -s "$(command -v $each)" '${only}/'; done`
    await run('sh', ['-c', script])
    await program('timeout', 'shift; exec "$@"')
    await program(
      'wget',
      `for each; do case $each in --output-document=*) cp '${archive}' "\${each#*=}";; esac; done`,
    )
    await rm(join(root, 'programs/curl'))
    const before = process.env['PATH']
    process.env['PATH'] = only
    try {
      expect(await boot()).toBe(0)
    } finally {
      process.env['PATH'] = before
    }
    expect((await calls())[1]).toMatch(/^wget .*-- https:\/\/agents.example\/agent.tar.gz http:\/\/agents/)
    expect(await nonce()).toBe(FULL.machineNonce)
  })

  it('shows what may be secret to nobody', async () => {
    const { write_files: files = [] } = await render(FULL)
    const modes = files.map(({ path, permissions }) => [path.split('/').at(-1), permissions])
    expect(Object.fromEntries(modes)).toMatchObject({
      'agent.conf': '0600',
      'behind-proxies.sh': '0700',
    })
  })

  it('tells the agent whose it is', async () => {
    const text = contentOf(await render(FULL), '/var/lib/juju/agents/machine-7/agent.conf')
    expect(JSON.parse(text ?? '')).toEqual({
      machineId: '7',
      machineNonce: FULL.machineNonce,
      controllerUuid: 'c',
      modelUuid: 'm',
      agentVersion: '3.6.1',
    })
  })

  it('has neither download nor service without an agent', async () => {
    const { agentBinary: _, ...config } = FULL
    expect(JSON.stringify(await render(config))).not.toMatch(/systemctl|curl/)
  })
})

test.each([
  'file:///tmp/agent.tar.gz',
  '/tmp/agent.tar.gz',
  'https://agents.example/a b',
  "https://agents.example/'\n",
  '',
])('an agent at %j is refused', async (url) => {
  const agentBinary = FULL.agentBinary && { ...FULL.agentBinary, url }
  const refused = render({ ...FULL, ...(agentBinary ? { agentBinary } : {}) })
  await expect(refused).rejects.toThrow(NotValidError)
  await expect(refused).rejects.toThrow(/cannot download agent 3.6.1 for amd64/)
})

test.each(['', '..', '1/lxd/2', '1;id', '1 2', '$x'])(
  'a machine with the id %j is refused',
  async (machineId) => {
    await expect(render({ ...FULL, machineId })).rejects.toThrow(/is not the id of a machine/)
  },
)

test('an agent without a checksum is refused', async () => {
  const agentBinary = FULL.agentBinary && { ...FULL.agentBinary, sha256: 'x' }
  await expect(render({ ...FULL, ...(agentBinary ? { agentBinary } : {}) })).rejects.toThrow(/no sha256/)
})
