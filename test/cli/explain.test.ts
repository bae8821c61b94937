/** What the choice of an instance type and an image comes to, before anything is made. */

import type { InstanceSpecExplanation } from 'cloud-environs'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Account, inventory, lastLine } from './command.ts'

interface Document extends InstanceSpecExplanation {
  readonly base: string
  readonly constraints: unknown
  readonly ignored: readonly string[]
}

let cloud: EmbeddedOpenStack
let account: Account

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack()
  account = await Account.of(cloud)
})
afterAll(async () => {
  const made = inventory(cloud)
  const isUnused = await account.isUnused()
  await account.remove()
  await cloud.close()
  expect(made).toEqual([])
  expect(isUnused).toBe(true)
})

describe('environs explain', () => {
  it('prints a table: the choice first, then what would do as well, then what cannot be', async () => {
    const { code, stdout, stderr } = await account.run(
      'explain',
      'embedded/RegionOne',
      '--constraints',
      'arch=amd64 root-disk=30G tags=gpu',
    )
    expect(code, stderr).toBe(0)
    expect(stderr).toBe('Unsupported constraints are ignored: tags\n')
    const [head = '', ...lines] = stdout.trimEnd().split('\n')
    expect(head.trim().split(/\s+/)).toEqual([
      'TYPE',
      'CORES',
      'MEM',
      'DISK',
      'IMAGE',
      'BASE',
      'SOURCE',
      'BECAUSE',
    ])
    expect(lines[0]).toMatch(
      /^\*  m1\.medium +2 +4096M +40960M +\S+ +ubuntu@24\.04 amd64 .*the first of those/,
    )
    expect(lines[1]).toMatch(/^\+  m1\.large .* m1\.medium with .* goes first/)
    expect(stdout).toMatch(/^-  m1\.small .*too small a root disk: 20480M of 30720M$/m)
    expect(
      stdout.match(/^-  \(any\) .*debian@12.*the image has debian@12, not ubuntu@24\.04/gm),
    ).toHaveLength(1)
    expect(lastLine(stdout)).toMatch(/^m1\.medium with image \S+$/)
  })

  it('gives the data with --json, and finding nothing is a result too', async () => {
    const args = ['explain', 'embedded', '--json', '--base', 'debian@12', '--constraints']
    const [found, none] = await Promise.all([
      account.run(...args, 'mem=4G cores='),
      account.run(...args, 'mem=900G'),
    ])
    expect(found.code, found.stderr).toBe(0)
    const document = JSON.parse(found.stdout) as Document
    expect(document).toMatchObject({
      base: 'debian@12',
      constraints: { mem: 4096, cores: 0 },
      ignored: [],
      chosen: { instanceType: { name: 'm1.medium' }, image: { os: 'debian' } },
    })
    expect(document.candidates[0]).toMatchObject({ ...document.chosen, verdict: { outcome: 'chosen' } })
    expect(none.code, none.stderr).toBe(0)
    const { problem, chosen } = JSON.parse(none.stdout) as Document
    expect(chosen).toBeUndefined()
    expect(problem).toMatch(/^no instance types in RegionOne .*: 6 types have too little memory: /)
  })

  it('refuses what the cloud does not have', async () => {
    const refused = await account.run('explain', 'embedded', '--constraints', 'instance-type=m1.smal')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toMatch(/^ERROR .*instance-type=m1\.smal; did you mean "m1\.small"\?/)
  })
})
