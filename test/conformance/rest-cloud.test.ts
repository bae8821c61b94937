/** The provider of the guide, on the cloud that was invented for it. */

import { readFile } from 'node:fs/promises'
import { createEnvirons, newModelConfig, Secret, supportsInstanceFirewall } from 'cloud-environs'
import { type CloudSpec, parseBase, resourceTags, TAG_MACHINE } from 'cloud-environs/provider'
import {
  CASES,
  conformance,
  type FaultFlow,
  faultyDispatcher,
  formatConformanceReport,
  formatFaultReports,
  injectFaults,
} from 'cloud-environs/testing'
import { afterAll, expect, it } from 'vitest'
import { restCloud } from './rest-cloud/provider.ts'
import { type RestCloud, startRestCloud } from './rest-cloud/server.ts'

const server = await startRestCloud()
// A clock that goes a hundred times as fast: nobody waits for real seconds.
const { clock } = await faultyDispatcher()
afterAll(() => server[Symbol.asyncDispose]())

const cloudOf = ({ endpoint, token }: RestCloud): CloudSpec => ({
  type: 'rest-cloud',
  name: 'hosting',
  endpoint,
  credential: { authType: 'token', attributes: { token: new Secret(token) } },
})

const { report } = conformance(
  {
    plugin: restCloud,
    cloud: cloudOf(server),
    clock,
    inventory: () => server.inventory(),
  },
  { test: it },
)

it('all cases are in the report', async () => {
  const text = formatConformanceReport(await report())
  process.stdout.write(`${text}\n`)
  expect(text).toContain(' passed, 0 failed, ')
  expect((await report()).results.map(({ id }) => id)).toEqual(CASES.map(({ id }) => id))
})

const textOf = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')
const guide = await textOf('../../docs/writing-a-provider.md')
const parts = [...guide.matchAll(/^```ts ([\w.-]+)\n(.*?)^```$/gms)].map(([, file = '', code = '']) => ({
  file,
  code,
}))

it.each(parts)('what the guide shows of $file is in it', async ({ file, code }) => {
  const path = file === 'rest-cloud.test.ts' ? file : `rest-cloud/${file}`
  const flat = (text: string): string => text.replace(/^ +/gm, '')
  expect(flat(await textOf(path))).toContain(flat(code))
})

const modelUuid = crypto.randomUUID()
const controllerUuid = crypto.randomUUID()
const machineId = '0'

/** A machine with an open port, from its start to its end. */
const flow: FaultFlow = {
  name: 'start, open, stop',
  async world({ dispatcher, clock, logger }) {
    const cloud = await startRestCloud()
    const environs = await createEnvirons({ plugins: [restCloud], dispatcher, clock, logger })
    const config = await newModelConfig({ name: 'faulty', type: 'rest-cloud', uuid: modelUuid })
    const environ = await environs.open({ cloud: cloudOf(cloud), config, controllerUuid })
    const instanceConfig = {
      machineId,
      machineNonce: 'nonce',
      controllerUuid,
      modelUuid,
      isController: false,
      base: parseBase(config.defaultBase),
      authorizedKeys: '',
      tags: resourceTags({ modelUuid, controllerUuid, machineId }),
    }
    const start = () =>
      environ.startInstance({ controllerUuid, constraints: {}, instanceConfig }).catch((error: unknown) => {
        // The clean-up would remove it, too: a start that fails does so itself.
        throw cloud.machines().length > 0
          ? new Error('a failed start left a machine', { cause: error })
          : error
      })
    const open = async () => {
      for (const instance of await environ.allInstances()) {
        if (!supportsInstanceFirewall(instance)) throw new Error('the instance has no firewall')
        await instance.firewall.openPorts([{ protocol: 'tcp', fromPort: 80, toPort: 80 }])
      }
    }
    const stop = async () => environ.stopInstances((await environ.allInstances()).map(({ id }) => id))
    return {
      steps: [
        { name: 'start a machine', run: start },
        { name: 'open a port', run: open },
        { name: 'stop it', run: stop },
      ],
      cleanup: () => environ.destroy(),
      inventory: () => cloud.inventory(),
      machines: () => cloud.machines().map((labels) => labels[TAG_MACHINE] ?? ''),
      async [Symbol.asyncDispose]() {
        await environ[Symbol.asyncDispose]()
        await cloud[Symbol.asyncDispose]()
      },
    }
  },
}

it('a fault at any request leaves nothing behind, no machine twice, no untyped error and no secret', async () => {
  const report = await injectFaults(flow)
  const text = formatFaultReports([report])
  process.stdout.write(`${text}\n`)
  expect(report.failures, text).toEqual([])
  expect(report.cases).toBeGreaterThan(report.requests)
})
