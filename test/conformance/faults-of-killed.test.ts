/** A process that is killed at any request of a start: whoever asks for the machine again gets one. */

import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Clock, createEnvirons, newModelConfig } from 'cloud-environs'
import { openstack } from 'cloud-environs/providers/openstack'
import { startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { formatFaultReports, type KillFlow, killAtEveryRequest } from 'cloud-environs/testing'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NAME = 'killed'

const CONSTRAINTS = { allocatePublicIp: true, rootDiskSource: 'volume' }

/** The built package, in a process of its own, as its users run it. */
const PROGRAM = `
  import { createEnvirons, newModelConfig } from 'cloud-environs'
  import { openstack } from 'cloud-environs/providers/openstack'
  import { mortalDispatcher } from 'cloud-environs/testing'
  const { dataDir, model, controllerUuid, constraints } = JSON.parse(process.argv[1])
  const environs = await createEnvirons({ plugins: [openstack()], dataDir, dispatcher: await mortalDispatcher() })
  const { spec: cloud } = await environs.clouds.find({ cloud: 'embedded' })
  const environ = await environs.open({ cloud, config: await newModelConfig(model), controllerUuid })
  const [outcome] = await environs.startMachines('${NAME}', environ, [{ machineId: '1', constraints }])
  process.exit(outcome.status === 'started' ? 0 : 1)`

/** A process that began ten minutes ago and says no more is gone. */
const later: Clock = {
  now: () => Date.now() + 600_000,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 100)),
}

const flow: KillFlow = {
  name: 'start a machine',
  async world() {
    const dataDir = await mkdtemp(join(tmpdir(), 'environs-killed-'))
    const openStack = await startEmbeddedOpenStack({ buildMillis: 1, deleteMillis: 1 })
    const variables = { HOME: dataDir, OS_CLIENT_CONFIG_FILE: join(dataDir, 'openstack.yaml') }
    await writeFile(variables.OS_CLIENT_CONFIG_FILE, openStack.cloudsYaml(), { mode: 0o600 })
    const host = { variables, homeDir: dataDir, workingDir: dataDir }
    const environs = await createEnvirons({ plugins: [openstack()], dataDir, host, clock: later })
    const { spec: cloud } = await environs.clouds.find({ cloud: 'embedded' })
    const [controllerUuid, uuid] = [crypto.randomUUID(), crypto.randomUUID()]
    const model = { name: 'controller', type: 'openstack', uuid, network: 'private' }
    const { credential: _, ...place } = cloud
    await environs.controllers.add({
      name: NAME,
      uuid: controllerUuid,
      status: 'ready',
      cloud: place,
      controllerConfig: { 'controller-uuid': controllerUuid, 'controller-name': NAME, 'api-port': 17_070 },
      modelConfig: model,
      instanceIds: [],
      apiEndpoints: [],
      nextMachine: 1,
    })
    const environ = await environs.open({ cloud, config: await newModelConfig(model), controllerUuid })
    const given = JSON.stringify({ dataDir, model, controllerUuid, constraints: CONSTRAINTS })
    return {
      start: (killed) =>
        spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM, '--', given], {
          cwd: ROOT,
          env: { PATH: process.env['PATH'], ...variables, ...killed },
          stdio: ['ignore', 'ignore', 'inherit'],
        }),
      again: async () => {
        const wanted = { machineId: '1', constraints: CONSTRAINTS }
        const [outcome] = await environs.startMachines(NAME, environ, [wanted])
        if (outcome?.status === 'failed') throw outcome.error
        expect((await environ.allInstances()).length).toBe(1)
      },
      cleanup: () => environ.destroy(),
      inventory: () =>
        Object.values(openStack.inventory()).flatMap((project) =>
          Object.entries(project).flatMap(([kind, all]) => all.map(() => kind)),
        ),
      machines: () =>
        Object.values(openStack.inventory()).flatMap(({ servers }) => servers.map(({ name }) => name)),
      [Symbol.asyncDispose]: async () => {
        await environ[Symbol.asyncDispose]()
        await openStack.close()
        await rm(dataDir, { recursive: true, force: true })
      },
    }
  },
}

it('leaves nothing that is not found again, and no machine twice', async () => {
  const report = await killAtEveryRequest(flow)
  const text = formatFaultReports([report])
  process.stdout.write(`${text}\n`)
  expect(report.failures, text).toEqual([])
  expect(report.requests).toBeGreaterThan(5)
  expect(report.cases).toBe(report.requests * report.kinds)
}, 300_000)
