/** A controller from the command line, with the agent that comes with the package. */

import { fileURLToPath } from 'node:url'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Account, inventory, type Result, type Running, until } from './command.ts'

const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))

let cloud: EmbeddedOpenStack
let account: Account
beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 20 })
  account = await Account.of(cloud)
})
afterAll(async () => {
  await account.remove()
  await cloud.close()
})

/** Its machines are reached through the cloud; the agent is packed once for all tests of a build. */
const start = (args: readonly string[]): Running =>
  account.start(args, { ENVIRONS_PROXY: cloud.proxy, XDG_CACHE_HOME: CACHE })
const run = (...args: readonly string[]): Promise<Result> => start(args).result

describe('a controller', () => {
  it('is bootstrapped, finished after its process was killed, asked, logged in to, and destroyed', async () => {
    const args = ['bootstrap', 'embedded', 'prod', '--config', 'network=private']
    const { child, result } = start(args)
    await until(() =>
      cloud.requests.entries.some(({ method, path }) => method === 'POST' && path.endsWith('/servers')),
    )
    child.kill('SIGKILL')
    expect((await result).signal).toBe('SIGKILL')

    const status = await run('status')
    expect(status.code, status.stderr).toBe(0)
    expect(status.stdout).toMatch(/^Status +bootstrapping$/m)
    expect(status.stdout).toMatch(/^Agent +none$/m)

    const resumed = await run('bootstrap', '--resume', 'prod')
    expect(resumed.code, resumed.stderr).toBe(0)
    expect(resumed.stdout).toMatch(
      /^Controller "prod" is started on embedded: instance [^, ]+, .*10\.20\.\d+\.\d+\n$/,
    )
    expect(resumed.stderr).toMatch(/The controller answers at \S+:17070/)

    const [, address = ''] = / (\S+)$/m.exec(resumed.stdout) ?? []
    const [asked, json, told, console, dialled] = await Promise.all([
      run('status'),
      run('--json', 'status'),
      run('ssh', '--', 'echo', 'to stdout;', 'echo to stderr >&2;', 'exit 7'),
      run('console', '--lines', '5'),
      run('dial', address, '22'),
    ])
    expect(asked.stdout).toMatch(/^Agent +answers, \d+\.\d+\.\d+$/m)
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: 'ready',
      agent: { state: 'answers', address: expect.stringMatching(/:17070$/) },
      instances: [{ machine: '0', controller: true }],
    })
    expect(told).toEqual({ code: 7, signal: null, stdout: 'to stdout\n', stderr: 'to stderr\n' })
    expect(console.code, console.stderr).toBe(0)
    expect(console.stdout.trim().split('\n').length).toBeLessThanOrEqual(5)
    expect(console.stdout).not.toBe('')
    // What OpenSSH's own command is connected with.
    expect(dialled).toMatchObject({ code: 0, stdout: expect.stringMatching(/^SSH-2\.0-/), stderr: '' })

    const secrets = /BEGIN [A-Z ]*PRIVATE KEY|\bsecret\b/
    for (const { stdout, stderr } of [status, resumed, asked, json, told, console]) {
      expect(stdout + stderr).not.toMatch(secrets)
    }
    const destroyed = await run('destroy', 'prod', '--yes')
    expect(destroyed.code, destroyed.stderr).toBe(0)
    expect(inventory(cloud)).toEqual([])
  }, 120_000)
})
