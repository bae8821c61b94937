import { conformance, formatConformanceReport } from 'cloud-environs/testing'
import manual from 'cloud-environs/providers/manual'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestHosts } from './hosts.ts'

/** Every case, with `npm run test:long`: that takes the better part of a minute. Otherwise what says most about hosts. */
const LONG = process.env['LONG'] === '1'
const only = [
  'credentials/refused',
  'open/cheap',
  'lifecycle/other-models',
  'partial/duplicates',
  'destroy/controller',
]
const except = { 'bootstrap/two-controllers': 'a host is one controller’s' }

/** As many as the cases start at the same moment. */
const POOL = ['web1', 'web2', 'web3', ...(LONG ? ['web4', 'web5'] : [])]

let hosts: TestHosts
beforeAll(async () => {
  hosts = await TestHosts.start('main', ...POOL)
})
afterAll(async () => {
  const left = await hosts.leftovers()
  await hosts[Symbol.asyncDispose]()
  expect(left).toEqual([])
})

const { report } = conformance(
  async () => {
    const { home: homeDir, dialer } = hosts
    const host = { variables: {}, homeDir, workingDir: homeDir }
    return {
      plugin: {
        ...manual(),
        create: (services) => manual().create({ ...services, dialer, host }),
      },
      cloud: hosts.cloud(),
      modelConfig: { hosts: POOL },
      inventory: () => hosts.leftovers(),
    }
  },
  { test, except, ...(LONG ? {} : { only }) },
)

test('nothing of it fails', async () => {
  const text = formatConformanceReport(await report())
  process.stdout.write(`${text.split('\n').at(-1)}\n`)
  expect(text).toContain(' passed, 0 failed, ')
})
