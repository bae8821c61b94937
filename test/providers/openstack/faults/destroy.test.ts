/** A model that is destroyed while the cloud fails: what is tried, what stays, and what is said of it. */

import {
  createEnvirons,
  type Environ,
  findError,
  ForbiddenError,
  type Logger,
  newModelConfig,
  Secret,
} from 'cloud-environs'
import { parseBase, resourceTags } from 'cloud-environs/provider'
import { openstack } from 'cloud-environs/providers/openstack'
import {
  type EmbeddedOpenStack,
  type FaultAction,
  startEmbeddedOpenStack,
} from 'cloud-environs/providers/openstack/embedded'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fastClock } from './fast-clock.ts'

let cloud: EmbeddedOpenStack
let environ: Environ

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
}

const credential = {
  authType: 'userpass',
  attributes: { username: 'demo', password: new Secret('secret'), 'tenant-name': 'demo' },
}

beforeEach(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 5, deleteMillis: 5 })
  const environs = await createEnvirons({
    plugins: [openstack()],
    clock: fastClock,
    dataDir: '/nonexistent',
    logger: silent,
  })
  environ = await environs.open({
    cloud: { type: 'openstack', name: 'embedded', region: 'RegionOne', endpoint: cloud.authUrl, credential },
    config: await newModelConfig({
      name: 'doomed',
      type: 'openstack',
      uuid: crypto.randomUUID(),
      network: 'private',
    }),
  })
})
afterEach(async () => {
  await environ[Symbol.asyncDispose]()
  await cloud.close()
})

const has = (kind: 'servers' | 'volumes') =>
  Object.values(cloud.inventory()).flatMap((project) => project[kind]).length
const left = () => Object.values(cloud.inventory()).flatMap((project) => Object.values(project).flat())

/** A machine, and a volume that nothing has. */
async function furnish(): Promise<void> {
  const modelUuid = environ.config().uuid
  const tags = resourceTags({ modelUuid, controllerUuid: 'controller', machineId: '0' })
  await environ.startInstance({
    controllerUuid: 'controller',
    constraints: {},
    instanceConfig: {
      machineId: '0',
      machineNonce: 'nonce',
      controllerUuid: 'controller',
      modelUuid,
      isController: false,
      base: parseBase(environ.config().defaultBase),
      authorizedKeys: '',
      tags,
    },
  })
  const source = (await environ.storageProvider('cinder')).volumeSource()
  const volume = { tag: 'volume-0', size: 1024, provider: 'cinder', resourceTags: tags }
  expect(await source.createVolumes([volume])).toMatchObject([{ ok: true }])
}

const FORBIDDEN: FaultAction = { status: 403, body: { forbidden: { code: 403, message: 'not you' } } }

/** Destroys while that fails; gives the error. Afterwards it works. */
async function destroyed(method: string, path: RegExp): Promise<unknown> {
  const fault = cloud.faults.add({ method, path, action: FORBIDDEN, times: Number.POSITIVE_INFINITY })
  const error: unknown = await environ.destroy().catch((e: unknown) => e)
  fault.remove()
  return error
}

describe('destroying a model', () => {
  it('with no instances succeeds, as often as it is asked', async () => {
    await environ.destroy()
    await environ.destroy()
    expect(left()).toEqual([])
  })

  it('removes instances, and the volumes that outlive them', async () => {
    await furnish()
    await environ.destroy()
    expect(left()).toEqual([])
  })

  it('touches nothing when its instances cannot be listed', async () => {
    await furnish()
    expect(await destroyed('GET', /\/compute\/.*\/servers/)).toMatchObject({ code: 'FORBIDDEN' })
    expect([has('servers'), has('volumes')]).toEqual([1, 1])
    await environ.destroy()
    expect(left()).toEqual([])
  })

  it('removes all else when an instance cannot be stopped, and says which', async () => {
    await furnish()
    expect(await destroyed('DELETE', /\/servers\//)).toMatchObject({ code: 'FORBIDDEN' })
    expect([has('servers'), has('volumes')]).toEqual([1, 0])
    await environ.destroy()
    expect(left()).toEqual([])
  })

  it('stops its instances when its volumes cannot be listed, and says so', async () => {
    await furnish()
    expect(await destroyed('GET', /\/volume\/.*\/volumes/)).toMatchObject({ code: 'FORBIDDEN' })
    expect([has('servers'), has('volumes')]).toEqual([0, 1])
    await environ.destroy()
    expect(left()).toEqual([])
  })

  it('removes all else when a volume cannot be destroyed, and says so', async () => {
    await furnish()
    expect(await destroyed('DELETE', /\/volume\/.*\/volumes\//)).toMatchObject({ code: 'FORBIDDEN' })
    expect(left()).toMatchObject([{ name: expect.stringContaining('volume-0') as string }])
    await environ.destroy()
    expect(left()).toEqual([])
  })

  it('names all that refused to go in one error', async () => {
    await furnish()
    const fault = cloud.faults.add({ method: 'DELETE', action: FORBIDDEN, times: Number.POSITIVE_INFINITY })
    const error = await environ.destroy().then(
      () => expect.unreachable('it worked'),
      (e: Error) => e,
    )
    fault.remove()
    expect(error.message).toMatch(/^could not remove server juju-.*, volume juju-/)
    expect(findError(error, ForbiddenError)).toBeDefined()
    await environ.destroy()
    expect(left()).toEqual([])
  })
})
