import { CASES, conformance, formatConformanceReport } from 'cloud-environs/testing'
import { afterAll, expect, it } from 'vitest'
import { cloudUnderTest } from '../providers/openstack/cloud-under-test.ts'

const cloud = await cloudUnderTest()
afterAll(() => cloud.dispose())

const { plugin, cloud: spec, host, clock, modelConfig } = cloud
const { report } = conformance(
  {
    plugin,
    cloud: spec,
    host,
    ...(clock ? { clock } : {}),
    ...(modelConfig ? { modelConfig } : {}),
    inventory: () => cloud.leftovers(),
  },
  { test: it },
)

it('all cases are in the report', async () => {
  const text = formatConformanceReport(await report())
  process.stdout.write(`${text.split('\n').at(-1)}\n`)
  expect(text).toContain(' passed, 0 failed, ')
  expect((await report()).results.map(({ id }) => id)).toEqual(CASES.map(({ id }) => id))
})
