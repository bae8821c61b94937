import { CASES, conformance } from 'cloud-environs/testing'
import manual from 'cloud-environs/providers/manual'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestHosts } from './hosts.ts'

/** What hosts are not: they keep their own firewalls, and one of them is one controller's. */
const NOT_OFFERED = /^(?:firewall\/global|bootstrap\/two-controllers)/

/** Every case, with KIT=all: that takes half a minute. Otherwise those that say most about hosts. */
const ALL = process.env['KIT'] === 'all'
const only = ALL
  ? CASES.map(({ id }) => id).filter((id) => !NOT_OFFERED.test(id))
  : [
      'credentials/refused',
      'open/cheap',
      'lifecycle/other-models',
      'partial/duplicates',
      'destroy/controller',
    ]

/** As many as the cases start at the same moment. */
const POOL = ['web1', 'web2', 'web3', ...(ALL ? ['web4', 'web5'] : [])]

let hosts: TestHosts
beforeAll(async () => {
  hosts = await TestHosts.start('main', ...POOL)
})
afterAll(async () => {
  const left = await hosts.leftovers()
  await hosts[Symbol.asyncDispose]()
  expect(left).toEqual([])
})

conformance(
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
  { test, only },
)
