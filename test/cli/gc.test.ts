/** What a killed command leaves, and who removes it. */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Account, until } from './command.ts'
import { runHere } from './here.ts'

interface Plan {
  readonly 'dry-run': boolean
  readonly orphans: readonly { readonly machine: string; readonly id: string; readonly reason: string }[]
  readonly leftovers: readonly { readonly machine: string; readonly kind: string; readonly name: string }[]
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
  const { code, stdout, stderr } = await runHere(account, ['--json', ...args])
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as T
}

const servers = (): number => Object.values(cloud.inventory()).flatMap((project) => project.servers).length
const controllersFile = (): string => join(account.dataDir, 'controllers.yaml')

describe('environs gc', () => {
  it('removes what no machine owns, and only that', async () => {
    await json('bootstrap', '--no-agent', 'embedded', 'prod', '--config', 'network=private')
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

  it('removes what a machine left that never got an instance', async () => {
    const fault = cloud.faults.add({ method: 'POST', path: /\/servers$/, action: 'silence' })
    const { child, result } = account.start(['start'])
    await until(() => fault.hits > 0)
    child.kill('SIGKILL')
    await result
    fault.remove()
    expect((await json<Plan>('gc', '--dry-run')).leftovers).toEqual([])
    const text = await readFile(controllersFile(), 'utf8')
    await writeFile(controllersFile(), text.replace(/starting: \d+/g, 'starting: 0'))

    const plan = await json<Plan>('gc', '--dry-run')
    expect(plan).toMatchObject({ orphans: [], leftovers: [{ machine: '4', kind: 'security group' }] })
    const { code, stdout } = await runHere(account, ['gc'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^4 .* security group +machine 4 has no instance$/m)
    expect((await runHere(account, ['gc'])).stdout).toBe('Nothing is left over.\n')
  })

  it('keeps what is older than the records, and says so', async () => {
    const text = await readFile(controllersFile(), 'utf8')
    await writeFile(controllersFile(), text.slice(0, text.indexOf('    machines:')))
    const { code, stdout, stderr } = await runHere(account, ['gc'])
    expect(code).toBe(0)
    expect(stderr).toMatch(/^Kept, as it may be in use: .*; "environs stop" removes it$/m)
    expect(stdout).toMatch(/\(kept\) machine 2 may be in use: it was started before records were kept$/m)
    expect(servers()).toBe(2)
  })
})
