/** A bootstrap that is interrupted undoes itself; one that is killed is found again by destroy. */

import { createEnvirons, NotFoundError } from 'cloud-environs'
import openstack from 'cloud-environs/providers/openstack'
import {
  type EmbeddedOpenStack,
  type LoggedRequest,
  startEmbeddedOpenStack,
} from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Account, inventory, until } from './command.ts'

const isServerMade = ({ method, path, status }: LoggedRequest): boolean =>
  method === 'POST' && path.endsWith('/servers') && status === 202

const BOOTSTRAP = ['bootstrap', '--no-agent', 'embedded', 'broken', '--config', 'network=private']

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
    await until(() => cloud.requests.entries.some(isServerMade))
    child.kill(signal)
    const { code, stderr } = await result
    expect(code, stderr).toBe(130)
    expect(stderr).toContain('cleaning up')
    expect(stderr).not.toContain('ERROR')
    expect(inventory(cloud)).toEqual([])
    expect((await account.run('status')).code).toBe(3)
  })
})

describe('a second Ctrl-C', () => {
  it('ends the command at once; what is left is found by destroy', async () => {
    cloud.requests.clear()
    const fault = cloud.faults.add({ method: 'DELETE', path: /\/servers\//, action: 'silence' })
    const { child, result } = account.start([
      ...BOOTSTRAP,
      '--config',
      'resource-tags=loopback_build_seconds=30',
    ])
    await until(() => cloud.requests.entries.some(isServerMade))
    child.kill('SIGINT')
    await until(() => fault.hits > 0)
    child.kill('SIGINT')
    expect((await result).code).toBe(130)
    expect(inventory(cloud)).not.toEqual([])
    const destroyed = await account.run('destroy', 'broken', '--yes')
    expect(destroyed.code, destroyed.stderr).toBe(0)
    expect(inventory(cloud)).toEqual([])
  })
})

/** Destroys as a process of its own does, without the time that starting one takes. */
async function destroy({ dataDir, variables, home }: Account): Promise<void> {
  const environs = await createEnvirons({
    plugins: [openstack()],
    dataDir,
    host: { variables, homeDir: home, workingDir: home },
  })
  await environs.destroyController('broken').catch((error: unknown) => {
    // Killed before anything was made: the controller is not known.
    if (!(error instanceof NotFoundError)) throw error
  })
}

/** Kills a bootstrap at this request. Gives whether it came that far. */
async function killedAt(request: number, cloud: EmbeddedOpenStack, account: Account): Promise<boolean> {
  cloud.requests.clear()
  const { child, result } = account.start(BOOTSTRAP)
  let finished = false
  void result.finally(() => {
    finished = true
  })
  await until(() => finished || cloud.requests.length >= request)
  child.kill('SIGKILL')
  const { code, signal, stderr } = await result
  expect(signal === 'SIGKILL' || code === 0, stderr).toBe(true)
  // A request that the cloud had received when its sender died is still being acted upon.
  await until(() => cloud.requests.entries.every(({ status }) => status !== 0))
  await destroy(account)
  expect(inventory(cloud), `killed at request ${request}`).toEqual([])
  return signal === 'SIGKILL'
}

describe('a bootstrap that is killed', () => {
  it('at any of its requests leaves nothing that destroy does not find', async () => {
    let next = 1
    let killed = 0
    // Each worker has a cloud of its own; together they come to every request.
    const worker = async (): Promise<void> => {
      await using own = await startEmbeddedOpenStack({ buildMillis: 100 })
      const user = await Account.of(own)
      try {
        while (await killedAt(next++, own, user)) killed++
      } finally {
        await user.remove()
      }
    }
    await Promise.all([worker(), worker(), worker()])
    expect(killed).toBeGreaterThan(10)
  }, 120_000)
})
