/** A bootstrap that is interrupted undoes itself; one that is killed is found again by destroy. */

import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Account, inventory, until } from './command.ts'

const BOOTSTRAP = ['bootstrap', 'embedded', 'broken', '--config', 'network=private']

let cloud: EmbeddedOpenStack
let account: Account

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 100 })
  account = await Account.of(cloud)
})
afterAll(async () => {
  await account.remove()
  await cloud.close()
})

describe('Ctrl-C during a bootstrap', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('as %s cleans up and exits with 130', async (signal) => {
    cloud.requests.clear()
    const { child, result } = account.start([
      ...BOOTSTRAP,
      '--config',
      'resource-tags=loopback_build_seconds=30',
    ])
    await until(() =>
      cloud.requests.entries.some(
        ({ method, path, status }) => method === 'POST' && path.endsWith('/servers') && status === 202,
      ),
    )
    child.kill(signal)
    const { code, stderr } = await result
    expect(code, stderr).toBe(130)
    expect(stderr).toContain('cleaning up')
    expect(stderr).not.toContain('ERROR')
    expect(inventory(cloud)).toEqual([])
    expect((await account.run('status')).code).toBe(3)
  })
})

describe('a bootstrap that is killed', () => {
  it('at any of its requests leaves nothing that destroy does not find', async () => {
    let killed = 0
    for (let request = 1; ; request++) {
      cloud.requests.clear()
      const { child, result } = account.start(BOOTSTRAP)
      let finished = false
      void result.finally(() => {
        finished = true
      })
      await until(() => finished || cloud.requests.length >= request)
      child.kill('SIGKILL')
      const { code, signal } = await result
      if (signal === 'SIGKILL') killed++
      // A request that the cloud had received when its sender died is still being acted upon.
      await until(() => cloud.requests.entries.every(({ status }) => status !== 0))
      const destroyed = await account.run('destroy', 'broken', '--yes')
      expect(
        destroyed.code === 0 || destroyed.stderr.includes('not found'),
        `request ${request}: ${destroyed.stderr}`,
      ).toBe(true)
      expect(inventory(cloud), `killed at request ${request}`).toEqual([])
      if (code === 0) break
    }
    expect(killed).toBeGreaterThan(10)
  }, 120_000)
})
