import { CASES, conformance, formatConformanceReport } from 'cloud-environs/testing'
import { afterAll, expect, it } from 'vitest'
import { cloudUnderTest } from '../providers/openstack/cloud-under-test.ts'

const cloud = await cloudUnderTest()
afterAll(() => cloud.dispose())

const { plugin, cloud: spec, host, clock, modelConfig, connection } = cloud
const [networks, images, flavors] = await Promise.all([
  connection.network.networks.all({ name: 'private' }),
  connection.image.images.all({ name: 'cirros' }),
  connection.compute.flavors.all(),
])
const { report } = conformance(
  {
    plugin,
    cloud: spec,
    host,
    ...(clock ? { clock } : {}),
    ...(modelConfig ? { modelConfig } : {}),
    hosting: {
      networkId: networks[0]?.id ?? '',
      imageId: images[0]?.id ?? '',
      instanceTypeId: flavors.find(({ name }) => name === 'm1.tiny')?.id ?? '',
    },
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
