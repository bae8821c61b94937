import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Secret } from 'cloud-environs'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { shellWord } from '../../src/cloudinit/shell.ts'
import { contentOf, FULL, render, scriptOf } from './documents.ts'

const run = promisify(execFile)

/** All that a shell may take for more than a text; whatever is executed leaves a file. */
const HOSTILE = [
  `it's "quoted"`,
  '$(touch executed)',
  '`touch executed`',
  "'; touch executed; '",
  '"; touch executed; "',
  'a\ntouch executed\n',
  '\r\n',
  '$HOME ${HOME} $$ $? !! !1',
  '& touch executed & | touch executed > executed',
  '\\ \\\\ \\n \\',
  '* ? [a-z] {a,b} ~',
  '-n',
  '',
  ' # no comment',
  '\x01\x07\x1b[31m\x7f\x85\u2028\ufeff\uffff',
  '%s %n %%',
  'ünïcode ☃ 😀',
  '<<EOF',
  'EOF',
]

const word = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
  fc
    .array(fc.constantFrom("'", '"', '`', '$', '(', ')', '\\', '\n', ';', 'touch executed', ' '))
    .map((parts) => parts.join('')),
)

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'environs-test-'))
})
afterEach(() => rm(directory, { recursive: true }))

/** What the shell does with a script, in a directory of its own, where it leaves nothing. */
async function output(shell: string, script: string): Promise<string> {
  await writeFile(join(directory, 'script'), script)
  if (shell === 'bash') await run('bash', ['-n', 'script'], { cwd: directory })
  const { stdout } = await run(shell, ['script'], { cwd: directory, env: { PATH: process.env['PATH'] } })
  expect(await readdir(directory)).toEqual(['script'])
  return stdout
}

describe.each(['bash', 'sh'])('for %s', (shell) => {
  it('every word is one word, and itself', async () => {
    const words = [...HOSTILE, ...fc.sample(word, 500)]
    const script = words.map((each) => `printf '%s\\0' ${shellWord(each)}\n`).join('')
    expect((await output(shell, script)).split('\0').slice(0, -1)).toEqual(words)
  })

  it('every proxy is a text and nothing more', async () => {
    await fc.assert(
      fc.asyncProperty(word, word, fc.array(word, { maxLength: 2 }), async (http, https, noProxy) => {
        const config = await render({
          ...FULL,
          proxies: { http: `x${http}`, https, noProxy: ['a', ...noProxy] },
        })
        const exports = contentOf(config, '/etc/profile.d/juju-proxy.sh')
        const script = `${exports}printf '%s\\0' "$http_proxy" "$HTTP_PROXY" "$https_proxy" "$no_proxy"\n`
        const hosts = ['a', ...noProxy].join(',')
        expect(await output(shell, script)).toBe(`x${http}\0x${http}\0${https}\0${hosts}\0`)
      }),
      { numRuns: 25 },
    )
  })
})

it('has no word with NUL', () => {
  expect(() => shellWord('a\0b')).toThrow(/NUL/)
})

test.each(HOSTILE)('a machine with %j in all that it is told has a sound script', async (hostile) => {
  const config = await render({
    ...FULL,
    machineNonce: hostile,
    controllerUuid: hostile,
    modelUuid: hostile,
    authorizedKeys: `ssh-ed25519 AAAA ${hostile}`,
    sshHostKeys: [{ type: 'ed25519', privateKey: new Secret(hostile), publicKey: hostile }],
    proxies: { http: hostile, noProxy: [hostile] },
    agentProxies: { https: hostile },
    aptProxies: { http: hostile, noProxy: [hostile] },
  })
  await writeFile(join(directory, 'script'), scriptOf(config))
  await run('bash', ['-n', 'script'], { cwd: directory })
  const apt = config.apt as Record<string, string>
  expect(`${apt['http_proxy']}`).not.toMatch(/["\\\s]/)
  for (const line of (apt['conf'] ?? '').split('\n').slice(0, -1)) {
    expect(line).toMatch(/^Acquire::https?::Proxy::[\w.-]+ "DIRECT";$/)
  }
  expect(config.runcmd.at(-1)).toContain(hostile)
  expect(config.ssh_keys?.['ed25519_private']).toBe(hostile)
})
