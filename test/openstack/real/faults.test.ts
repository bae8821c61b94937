/** Answers of a real cloud that are lost after it acted: what it made is found again, used or removed. */

import { createEnvirons, newModelConfig } from 'cloud-environs'
import { parseBase, resourceTags } from 'cloud-environs/provider'
import { openstack } from 'cloud-environs/providers/openstack'
import { type FaultFlow, formatFaultReports, injectFaults } from 'cloud-environs/testing'
import { afterAll, expect, it } from 'vitest'
import { cloudUnderTest } from '../../providers/openstack/cloud-under-test.ts'

const cloud = await cloudUnderTest()
afterAll(() => cloud.dispose())

/** Names of the servers that came since the suite began. */
async function servers(): Promise<readonly string[]> {
  const left = await cloud.leftovers()
  return left.filter((each) => each.startsWith('server ')).map((each) => each.split(' ')[1] ?? '')
}

const flow: FaultFlow = {
  name: 'start with a public address, stop',
  // The clock is the real one: a real cloud has no other.
  async world({ dispatcher, logger }) {
    const environs = await createEnvirons({ plugins: [openstack()], dispatcher, logger, host: cloud.host })
    const [controllerUuid, uuid] = [crypto.randomUUID(), crypto.randomUUID()]
    const config = await newModelConfig({ name: 'faulty', type: 'openstack', uuid, ...cloud.modelConfig })
    const environ = await environs.open({ cloud: cloud.cloud, config, controllerUuid })
    let id = ''
    const start = async () => {
      const { instance } = await environ.startInstance({
        controllerUuid,
        constraints: { allocatePublicIp: true },
        instanceConfig: {
          machineId: '0',
          machineNonce: 'nonce',
          controllerUuid,
          modelUuid: uuid,
          isController: false,
          base: parseBase(config.defaultBase),
          authorizedKeys: '',
          tags: resourceTags({ modelUuid: uuid, controllerUuid, machineId: '0' }),
        },
      })
      id = instance.id
    }
    return {
      steps: [
        { name: 'start', run: start },
        { name: 'stop', run: () => environ.stopInstances([id]) },
      ],
      cleanup: () => environ.destroy(),
      inventory: () => cloud.leftovers(),
      machines: servers,
      [Symbol.asyncDispose]: () => environ[Symbol.asyncDispose](),
    }
  },
}

it('an answer that is lost after the cloud acted leaves nothing behind, and no machine twice', async () => {
  const kinds = { 'reset after': 'reset-after' } as const
  const report = await injectFaults(flow, { kinds, atOnce: 1, timeout: 240_000, settleTimeout: 60_000 })
  const text = formatFaultReports([report])
  process.stdout.write(`${text}\n`)
  expect(report.failures, text).toEqual([])
  expect(report.cases).toBeGreaterThan(10)
}, 1_800_000)
