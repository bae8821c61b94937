/** What becomes of attributes when a controller is made: which wins, whose they are, what is kept. */

import { createEnvirons, inheritedConfig, type ProgressEvent } from 'cloud-environs'
import { memory } from 'cloud-environs/providers/memory'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../environ/manual-clock.ts'
import { MemoryControllerStore } from 'cloud-environs/testing'
import { recordingLogger } from '../providers/openstack/recording-logger.ts'

type Attributes = Readonly<Record<string, unknown>>

const CLOUD = {
  type: 'memory',
  name: 'memory',
  region: 'memory',
  credential: { authType: 'empty', attributes: {} },
}

/** The configurations of a new controller, what was told, and what its environ is opened with later. */
async function bootstrapped(modelConfig: Attributes, controllerConfig: Attributes = {}) {
  const logger = recordingLogger()
  const environs = await createEnvirons({
    plugins: [memory()],
    controllers: new MemoryControllerStore(),
    clock: new ManualClock(),
    logger,
  })
  const told: ProgressEvent[] = []
  const params = { controllerName: 'main', cloud: CLOUD, modelConfig, controllerConfig }
  const { details } = await environs.bootstrap(params, { onProgress: (event) => told.push(event) })
  await using environ = await environs.openController('main', { credential: CLOUD.credential })
  return {
    model: details.modelConfig,
    controller: details.controllerConfig,
    reopened: environ.config(),
    warnings: logger.lines.warn.map(({ message }) => message),
    told,
  }
}

describe('at a bootstrap', () => {
  it('what is said later wins: defaults, the cloud, its region, the command line', async () => {
    const cloud = {
      type: 'memory',
      name: 'c',
      authTypes: [],
      regions: [],
      config: { 'image-stream': 'cloud', 'agent-stream': 'cloud', 'default-space': 'cloud' },
      regionConfig: { one: { 'agent-stream': 'region', 'default-space': 'region' } },
    }
    const inherited = inheritedConfig(cloud, 'one')
    const { model, reopened } = await bootstrapped({ ...inherited, 'default-space': 'line' })
    expect(model).toMatchObject({
      'firewall-mode': 'instance',
      'image-stream': 'cloud',
      'agent-stream': 'region',
      'default-space': 'line',
    })
    expect(reopened.attrs).toEqual(model)
  })

  it("attributes of controllers may be among a model's, and are the controller's", async () => {
    const given = { 'api-port': '17071', 'audit-log-max-size': '1G', 'image-stream': 'daily' }
    const { model, controller, warnings } = await bootstrapped(given, { 'api-port': '17072' })
    expect(controller).toMatchObject({ 'api-port': 17_072, 'audit-log-max-size': '1G' })
    expect(model).toMatchObject({ 'image-stream': 'daily' })
    expect(Object.keys(model)).not.toContain('api-port')
    expect(Object.keys(controller)).not.toContain('image-stream')
    expect(warnings).toEqual([])
  })

  it('nobody is left to wonder about what is misspelt', async () => {
    const { model, controller, warnings, told } = await bootstrapped(
      { 'image-steam': 'daily' },
      { 'api-prt': 1 },
    )
    expect(model).toMatchObject({ 'image-steam': 'daily', 'image-stream': 'released' })
    expect(controller).toMatchObject({ 'api-prt': 1, 'api-port': 17_070 })
    expect(warnings).toEqual(['attribute "image-steam" is unknown, and kept; did you mean "image-stream"?'])
    expect(told).toContainEqual({
      kind: 'info',
      message: 'attribute "api-prt" is unknown, and kept; did you mean "api-port"?',
    })
  })

  it('what an older version stored is read as it would be written today', async () => {
    const { reopened } = await bootstrapped({ 'tools-stream': 'devel' })
    expect(reopened.agentStream).toBe('devel')
    expect(reopened.unknownAttrs).toEqual({})
  })
})
