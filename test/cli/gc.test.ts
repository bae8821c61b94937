/** What a killed command leaves, and who removes it. */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Account, until } from './command.ts'

interface Plan {
  readonly 'dry-run': boolean
  readonly orphans: readonly { readonly machine: string; readonly id: string; readonly reason: string }[]
}

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

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await account.run('--json', ...args)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as T
}

const servers = (): number => Object.values(cloud.inventory()).flatMap((project) => project.servers).length
const controllersFile = (): string => join(account.dataDir, 'controllers.yaml')

describe('environs gc', () => {
  it('removes what no machine owns, and only that', async () => {
    await json('bootstrap', 'embedded', 'prod', '--config', 'network=private')
    const started = await json<{ instances: { id: string }[] }>('start', '-n', '2')
    const [first] = started.instances
    await json('stop', first?.id ?? '')
    const fault = cloud.faults.add({ method: 'POST', path: /\/servers$/, action: 'silence-after' })
    const { child, result } = account.start(['start'])
    await until(() => fault.hits > 0)
    child.kill('SIGKILL')
    await result
    fault.remove()

    // For all that another command can know, it is still at it.
    expect((await json<Plan>('gc', '--dry-run')).orphans).toEqual([])
    const text = await readFile(controllersFile(), 'utf8')
    expect(text).toMatch(/starting: \d+/)
    await writeFile(controllersFile(), text.replace(/starting: \d+/, 'starting: 0'))

    const plan = await json<Plan>('gc', '--dry-run')
    expect(plan).toMatchObject({
      'dry-run': true,
      orphans: [{ machine: '3', reason: 'whoever started machine 3 is gone' }],
    })
    expect(servers()).toBe(3)
    expect(await json<Plan>('gc')).toEqual({ ...plan, 'dry-run': false })
    expect(servers()).toBe(2)
    expect(await readFile(controllersFile(), 'utf8')).toMatch(/machines:\n +"2":\n/)
  })
})
