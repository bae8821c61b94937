/** A cloud that fails while volumes are made, attached and destroyed. */

import {
  type BatchResult,
  createEnvirons,
  type Environ,
  EnvironsError,
  importsVolumes,
  NotFoundError,
  newModelConfig,
  Secret,
  type StartInstanceParams,
  supportsAdoption,
  supportsZones,
  UnauthorizedError,
  type VolumeSource,
} from 'cloud-environs'
import { parseBase, resourceTags } from 'cloud-environs/provider'
import { openstack } from 'cloud-environs/providers/openstack'
import {
  type EmbeddedOpenStack,
  type FaultAction,
  startEmbeddedOpenStack,
} from 'cloud-environs/providers/openstack/embedded'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fastClock } from './fast-clock.ts'

let cloud: EmbeddedOpenStack

beforeEach(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 5, deleteMillis: 5 })
})
afterEach(() => cloud.close())

const VOLUMES = /\/volume\/.*\/volumes$/

const left = (): unknown[] =>
  Object.values(cloud.inventory()).flatMap((project) => Object.values(project).flat())

const credential = {
  authType: 'userpass',
  attributes: { username: 'demo', password: new Secret('secret'), 'tenant-name': 'demo' },
}

/** A model of its own. Nothing is asked of the cloud yet. */
async function open(): Promise<Environ> {
  const environs = await createEnvirons({ plugins: [openstack()], clock: fastClock, dataDir: '/nonexistent' })
  const endpoint = cloud.authUrl
  return await environs.open({
    cloud: { type: 'openstack', name: 'embedded', region: 'RegionOne', endpoint, credential },
    config: await newModelConfig({
      name: 'faulty',
      type: 'openstack',
      uuid: crypto.randomUUID(),
      network: 'private',
    }),
  })
}

const tagsOf = (environ: Environ) =>
  resourceTags({ modelUuid: environ.config().uuid, controllerUuid: 'controller' })

const make = (environ: Environ, source: VolumeSource, count: number) =>
  source.createVolumes(
    Array.from({ length: count }, (_, n) => ({
      tag: `volume-${n}`,
      size: 1024,
      provider: 'cinder',
      resourceTags: tagsOf(environ),
    })),
  )

function valueOf<T>(result: BatchResult<T> | undefined): T {
  if (result?.ok) return result.value
  throw result?.error ?? new Error('no result')
}

/** A machine to attach a volume to. */
async function machine(environ: Environ): Promise<string> {
  return (await environ.startInstance(machineParams(environ))).instance.id
}

const machineParams = (environ: Environ): StartInstanceParams => ({
  controllerUuid: 'controller',
  constraints: {},
  availabilityZone: 'az2',
  instanceConfig: {
    machineId: '0',
    machineNonce: 'nonce',
    controllerUuid: 'controller',
    modelUuid: environ.config().uuid,
    isController: false,
    base: parseBase(environ.config().defaultBase),
    authorizedKeys: '',
    tags: { ...tagsOf(environ), 'juju-machine-id': '0' },
  },
})

describe('a volume', () => {
  it('is one, when the answer to its making is lost', async () => {
    const environ = await open()
    const source = (await environ.storageProvider('cinder')).volumeSource()
    const fault = cloud.faults.add({ method: 'POST', path: VOLUMES, action: 'reset-after' })
    const { volumeId } = valueOf((await make(environ, source, 1))[0])
    expect(fault.hits).toBe(1)
    expect(await source.listVolumes()).toEqual([volumeId])
    await environ.destroy()
    expect(left()).toEqual([])
  })

  it('that the cloud cannot make leaves nothing, and does not keep the others', async () => {
    const environ = await open()
    const source = (await environ.storageProvider('cinder')).volumeSource()
    const message = 'VolumeSizeExceedsAvailableQuota: Maximum number of volumes allowed (1) exceeded'
    const over = { status: 413, headers: { 'retry-after': '0' }, body: { overLimit: { code: 413, message } } }
    cloud.faults.add({ method: 'POST', path: VOLUMES, skip: 1, action: over })
    const results = await make(environ, source, 3)
    expect(results.filter(({ ok }) => ok)).toHaveLength(2)
    expect(await source.listVolumes()).toHaveLength(2)

    const error = { id: 'x', status: 'error', size: 1 }
    const failed = { status: 200, body: { volume: error } }
    cloud.faults.add({ method: 'GET', path: /\/volumes\/[0-9a-f-]{36}$/, action: failed })
    const [result] = await make(environ, source, 1)
    expect(result).toMatchObject({ ok: false, error: { message: 'volume x is in status error' } })
    expect(await source.listVolumes()).toHaveLength(2)
    await environ.destroy()
    expect(left()).toEqual([])
  })

  it('that gets no device is told as such, and can be taken away again', async () => {
    const environ = await open()
    const source = (await environ.storageProvider('cinder')).volumeSource()
    const instanceId = await machine(environ)
    const { volumeId } = valueOf((await make(environ, source, 1))[0])
    const attachment = { volumeTag: 'volume-0', volumeId, machineId: '0', instanceId }
    const none = { id: volumeId, volumeId, serverId: instanceId, device: null }
    cloud.faults.add({
      method: 'GET',
      path: /os-volume_attachments\//,
      action: { status: 200, body: { volumeAttachment: none } },
    })
    const [attached] = await source.attachVolumes([attachment])
    expect(attached).toMatchObject({
      ok: false,
      error: { message: `the cloud gave volume ${volumeId} no device on server ${instanceId}` },
    })
    valueOf((await source.detachVolumes([attachment]))[0])
    valueOf((await source.destroyVolumes([volumeId]))[0])
    await environ.destroy()
  })

  it.each(['deleting', 'maintenance'])('that is %s is neither given up nor taken in', async (status) => {
    const environ = await open()
    const source = (await environ.storageProvider('cinder')).volumeSource()
    if (!importsVolumes(source)) throw new Error('the source imports no volumes')
    const { volumeId } = valueOf((await make(environ, source, 1))[0])
    const metadata = { 'juju-model-uuid': environ.config().uuid }
    const volume = { id: volumeId, name: '', status, size: 1, metadata, attachments: [] }
    const busy = cloud.faults.add({
      method: 'GET',
      path: new RegExp(`/volumes/${volumeId}$`),
      times: 2,
      action: { status: 200, body: { volume } },
    })
    const refused = { code: 'CONFLICT', message: expect.stringContaining(`volume ${volumeId} is ${status}`) }
    expect(await source.releaseVolumes([volumeId])).toMatchObject([{ ok: false, error: refused }])
    await expect(source.importVolume(volumeId, {})).rejects.toMatchObject(refused)
    expect(busy.hits).toBe(2)
    await environ.destroy()
  })

  it('is made although the token ended; a credential that is refused ends the batch', async () => {
    const environ = await open()
    const source = (await environ.storageProvider('cinder')).volumeSource()
    cloud.expireTokens()
    valueOf((await make(environ, source, 1))[0])
    await environ.destroy()

    cloud.requests.clear()
    const body = { error: { code: 401, title: 'Unauthorized', message: 'no' } }
    cloud.faults.add({ method: 'POST', path: VOLUMES, times: Infinity, action: { status: 401, body } })
    const results = await make(environ, source, 200)
    expect(results).toHaveLength(200)
    expect(results.every((each) => !each.ok && each.error instanceof UnauthorizedError)).toBe(true)
    expect(cloud.requests.count('POST', VOLUMES)).toBeLessThan(100)
  })
})

const zone = (zoneName: string, available: boolean) => ({ zoneName, zoneState: { available } })

it('a cloud without block storage has no storage, and can be taken over and destroyed', async () => {
  const request = await fetch(`${cloud.authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'demo', domain: { id: 'default' }, password: 'secret' } },
        },
        scope: { project: { name: 'demo', domain: { id: 'default' } } },
      },
    }),
  })
  const body = (await request.json()) as { token: { catalog: { type: string }[] } }
  body.token.catalog = body.token.catalog.filter(({ type }) => !/volume|block/.test(type))
  const headers = { 'x-subject-token': request.headers.get('x-subject-token') ?? '' }
  cloud.faults.add({ method: 'POST', path: /\/auth\/tokens$/, action: { status: 201, headers, body } })

  const environ = await open()
  expect(await environ.storageProviderTypes()).toEqual([])
  await expect(environ.storageProvider('cinder')).rejects.toBeInstanceOf(NotFoundError)
  if (!supportsAdoption(environ)) throw new Error('the environ cannot be taken over')
  await environ.adoptResources('controller')
  await environ.destroyController('controller')
  expect(cloud.requests.count(undefined, /^\/volume/)).toBe(0)
})

it.each<[string, FaultAction]>([
  ['others than Nova', { status: 200, body: { availabilityZoneInfo: [zone('elsewhere', true)] } }],
  [
    'that of the machine, which is not available',
    { status: 200, body: { availabilityZoneInfo: [zone('az2', false)] } },
  ],
  ['none', { status: 404, body: 'The resource could not be found.' }],
])('Cinder chooses the zone of a volume when its zones are %s', async (_, action) => {
  const environ = await open()
  const source = (await environ.storageProvider('cinder')).volumeSource()
  const attachment = { volumeTag: 'volume-0', machineId: '0', instanceId: await machine(environ) }
  cloud.faults.add({ path: /\/volume\/.*os-availability-zone/, action })
  const params = {
    tag: 'volume-0',
    size: 1024,
    provider: 'cinder',
    resourceTags: tagsOf(environ),
    attachment,
  }
  const { volumeId } = valueOf((await source.createVolumes([params]))[0])

  if (!supportsZones(environ)) throw new Error('the environ has no zones')
  const volumeAttachments = [{ ...attachment, volumeId }]
  const derive = () => environ.deriveAvailabilityZones({ ...machineParams(environ), volumeAttachments })
  expect(await derive()).toEqual(['az1'])
  cloud.faults.add({
    path: /\/compute\/.*os-availability-zone/,
    action: { status: 200, body: { availabilityZoneInfo: [zone('nova', true)] } },
  })
  expect(await derive()).toEqual([])
  await environ.destroy()
})

/** Makes, attaches, detaches and destroys; true when all of it worked. */
async function flow(environ: Environ, instanceId: string): Promise<boolean> {
  const source = (await environ.storageProvider('cinder')).volumeSource()
  const outcomes: BatchResult<unknown>[] = [...(await make(environ, source, 1))]
  const [volumeId] = await source.listVolumes()
  if (volumeId !== undefined) {
    const attachment = { volumeTag: 'volume-0', volumeId, machineId: '0', instanceId }
    outcomes.push(...(await source.attachVolumes([attachment])))
    outcomes.push(...(await source.detachVolumes([attachment])))
    outcomes.push(...(await source.attachVolumes([attachment])))
    outcomes.push(...(await source.destroyVolumes([volumeId])))
  }
  for (const each of outcomes) if (!each.ok) expect(each.error).toBeInstanceOf(EnvironsError)
  return outcomes.length === 5 && outcomes.every(({ ok }) => ok)
}

it.each<[string, FaultAction]>([
  ['a reset', 'reset-after'],
  ['a "not found"', { status: 404, body: { itemNotFound: { code: 404, message: 'no' } } }],
  ['a failure', { status: 500, body: { computeFault: { code: 500, message: 'no' } } }],
])(
  '%s at any request leaves no volume behind, and never makes two',
  async (_, action) => {
    const environ = await open()
    const instanceId = await machine(environ)
    for (let request = 0; ; request++) {
      const fault = cloud.faults.add({ skip: request, action })
      const outcome: unknown = await flow(environ, instanceId).catch((error: unknown) => error)
      const { hits } = fault
      fault.remove()
      const where = `request ${request + 1}: ${String(outcome)}`
      const made = Object.values(cloud.inventory()).flatMap(({ volumes }) => volumes)
      expect(made.length, where).toBeLessThan(2)
      const source = (await environ.storageProvider('cinder')).volumeSource()
      for (const result of await source.destroyVolumes(await source.listVolumes())) valueOf(result)
      await vi.waitFor(() =>
        expect(
          Object.values(cloud.inventory()).flatMap(({ volumes }) => volumes),
          where,
        ).toEqual([]),
      )
      if (hits > 0) continue
      expect(request).toBeGreaterThan(12)
      expect(outcome).toBe(true)
      break
    }
    await environ.destroy()
    expect(left()).toEqual([])
  },
  60_000,
)
