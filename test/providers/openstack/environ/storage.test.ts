/** Volumes of Cinder: what they are made of, and what they demand of machines. */

import {
  ConflictError,
  type Environ,
  type EnvironsError,
  importsVolumes,
  NotFoundError,
  NotValidError,
  supportsAdoption,
  supportsZones,
  type VolumeAttachmentParams,
  type VolumeParams,
  ZoneIndependentError,
} from 'cloud-environs'
import { parseBase, resourceTags, TAG_CONTROLLER, TAG_MODEL } from 'cloud-environs/provider'
import { describe, expect, it, vi } from 'vitest'
import { openModel } from '../../../environ-contract.ts'
import { environSuite } from './suite.ts'

const suite = environSuite()

const cinder = () => suite.cloud.connection.blockStorage.volumes

/** A model, and its volumes. */
async function storageModel() {
  const opened = await openModel(suite.environs, suite.cloud)
  const { environ, controllerUuid } = opened
  expect(await environ.storageProviderTypes()).toEqual(['cinder'])
  const provider = await environ.storageProvider('cinder')
  expect(provider).toMatchObject({ scope: 'environ', dynamic: true, releasable: true })
  const source = provider.volumeSource()
  if (!importsVolumes(source)) throw new Error('the source imports no volumes')
  const tags = resourceTags({ modelUuid: environ.config().uuid, controllerUuid, userTags: { team: 'blue' } })
  const params = (n: number, overrides: Partial<VolumeParams> = {}): VolumeParams => ({
    tag: `volume-${n}`,
    size: 1024,
    provider: 'cinder',
    resourceTags: tags,
    ...overrides,
  })
  const make = async (...wanted: VolumeParams[]): Promise<string[]> =>
    (await source.createVolumes(wanted)).map((result) => {
      if (!result.ok) throw result.error
      return result.value.volumeId
    })
  return { ...opened, startParams: opened.params, source, tags, params, make }
}

const attachment = (n: number, volumeId: string, instanceId?: string): VolumeAttachmentParams => ({
  volumeTag: `volume-${n}`,
  volumeId,
  machineId: '0',
  ...(instanceId === undefined ? {} : { instanceId }),
})

/** Two of the cloud's zones. */
async function twoZones(environ: Environ): Promise<[string, string]> {
  if (!supportsZones(environ)) throw new Error('the environ has no zones')
  const [first, second] = (await environ.availabilityZones()).map(({ name }) => name)
  if (!first || !second) throw new Error('the cloud has less than two zones')
  return [first, second]
}

const errorOf = (call: Promise<unknown>): Promise<EnvironsError> =>
  call.then(
    () => expect.unreachable('it worked'),
    (error: EnvironsError) => error,
  )

describe('a volume', () => {
  it('has the model’s name and tags, whole GiB, and the type that was asked for', async () => {
    const { environ, make, params, tags } = await storageModel()
    const attributes = { 'volume-type': 'standard' }
    const ids = await make(
      params(0, { size: 500 }),
      params(1, { size: 1024 }),
      params(2, { size: 1025, attributes }),
    )
    const [small, exact, large] = await Promise.all(ids.map((id) => cinder().get(id)))
    const { uuid, name } = environ.config()
    expect(small).toMatchObject({ name: `juju-${uuid.slice(-6)}-${name}-volume-0`, size: 1, metadata: tags })
    expect([exact?.size, large?.size, large?.volumeType]).toEqual([1, 2, 'standard'])
  })

  it('is refused beforehand with a type, an attribute or a provider that is not known', async () => {
    const { source, params } = await storageModel()
    const refusal = (overrides: Partial<VolumeParams>) =>
      errorOf(source.validateVolumeParams(params(0, overrides)))
    const type = await refusal({ attributes: { 'volume-type': 'gold' } })
    expect(type).toBeInstanceOf(NotValidError)
    expect(`${type.message}; ${type.hint}`).toMatch(/volume type "gold" not found; .*standard/)
    expect(`${(await refusal({ attributes: { volume_type: 'standard' } })).hint}`).toMatch(/volume-type/)
    expect((await refusal({ provider: 'ebs' })).message).toMatch(/"ebs"/)
    const made = await source.createVolumes([params(0, { attributes: { 'volume-type': 'gold' } })])
    expect(made).toEqual([{ ok: false, error: expect.any(NotValidError) }])
    expect(await source.listVolumes()).toEqual([])
  })

  it('is gone when its making is cancelled half-way', async () => {
    const { source, params } = await storageModel()
    const abort = new AbortController()
    const call = errorOf(source.createVolumes([params(0), params(1)], { signal: abort.signal }))
    await vi.waitFor(async () => expect(await cinder().all()).not.toEqual([]), {
      timeout: 30_000,
      interval: 5,
    })
    const reason = new Error('enough')
    abort.abort(reason)
    expect(await call).toBe(reason)
    expect(await source.listVolumes()).toEqual([])
  })

  it('that is given up keeps the user’s tags, and can come to another model', async () => {
    const [mine, other] = await Promise.all([storageModel(), storageModel()])
    const [id = ''] = await mine.make(mine.params(0))
    await mine.source.releaseVolumes([id])
    expect((await cinder().get(id)).metadata).toEqual({ team: 'blue' })
    await mine.environ.destroy()
    expect(await other.source.importVolume(id, other.tags)).toEqual({
      volumeId: id,
      size: 1024,
      persistent: true,
    })
    expect((await cinder().get(id)).metadata).toMatchObject(other.tags)
    await expect(other.source.importVolume('absent', other.tags)).rejects.toBeInstanceOf(NotFoundError)
  })

  it('that one machine has is not given to another', async () => {
    const { source, start, make, params } = await storageModel()
    const [[id = ''], one, other] = await Promise.all([make(params(0)), start(), start()])
    await source.attachVolumes([attachment(0, id, one.instance.id)])
    const [second] = await source.attachVolumes([attachment(0, id, other.instance.id)])
    if (!second || second.ok) throw new Error('it was attached twice')
    expect(second.error).toBeInstanceOf(ConflictError)
    expect(second.error.message).toMatch(`it is in-use by server ${one.instance.id}`)
    const unknown = await source.attachVolumes([attachment(0, id), attachment(0, id, 'absent')])
    expect(unknown.map((each) => each.ok || each.error.message)).toEqual([
      'the instance of machine 0 is not known',
      'server absent not found',
    ])
  })

  it('goes to another controller with its model', async () => {
    const { environ, controllerUuid, make, params } = await storageModel()
    const [id = ''] = await make(params(0))
    if (!supportsAdoption(environ)) throw new Error('the environ cannot be taken over')
    const adopter = crypto.randomUUID()
    await environ.adoptResources(adopter)
    expect((await cinder().get(id)).metadata).toMatchObject({
      [TAG_CONTROLLER]: adopter,
      [TAG_MODEL]: environ.config().uuid,
    })
    const { environ: former } = await openModel(suite.environs, suite.cloud, { controllerUuid })
    await former.destroyController(controllerUuid)
    expect((await cinder().get(id)).status).toBe('available')
  })
})

describe('the zone', () => {
  it('of a volume is that of its machine, and that of a machine is that of its volumes', async () => {
    const { environ, start, make, params } = await storageModel()
    const [first, second] = await twoZones(environ)
    const base = parseBase(environ.config().defaultBase)
    const { instance } = await start({ availabilityZone: second })
    const [id = ''] = await make(
      params(0, { attachment: { volumeTag: 'volume-0', machineId: '0', instanceId: instance.id } }),
    )
    expect((await cinder().get(id)).availabilityZone).toBe(second)

    const volumeAttachments = [attachment(0, id)]
    const precheck = (placement?: string) =>
      environ.precheckInstance({
        base,
        constraints: {},
        volumeAttachments,
        ...(placement === undefined ? {} : { placement }),
      })
    await precheck()
    await precheck(`zone=${second}`)
    const wrong = await errorOf(precheck(`zone=${first}`))
    expect(wrong).toBeInstanceOf(NotValidError)
    expect(wrong.message).toBe(
      `placement "zone=${first}": cannot create instance in zone "${first}", as this will prevent attaching the requested disks in zone "${second}"`,
    )

    const contradiction = await errorOf(start({ availabilityZone: first, volumeAttachments }))
    expect(contradiction).toBeInstanceOf(ZoneIndependentError)
    expect(contradiction.cause).toBeInstanceOf(NotValidError)
    expect((await start({ volumeAttachments })).hardware.availabilityZone).toBe(second)
    expect(await environ.allInstances()).toHaveLength(2)
  })

  it('is derived of volumes that are in one, and in no other way', async () => {
    const { environ, make, params, start, startParams } = await storageModel()
    const [first, second] = await twoZones(environ)
    const machines = await Promise.all([first, second].map((zone) => start({ availabilityZone: zone })))
    const [one = '', other = ''] = await make(
      ...machines.map(({ instance }, n) =>
        params(n, {
          attachment: { volumeTag: `volume-${n}`, machineId: `${n}`, instanceId: instance.id },
        }),
      ),
    )
    if (!supportsZones(environ)) throw new Error('the environ has no zones')
    const derive = (...volumeAttachments: VolumeAttachmentParams[]) =>
      environ.deriveAvailabilityZones(startParams({ volumeAttachments }))
    expect(await derive()).toEqual([])
    expect(await derive(attachment(1, other))).toEqual([second])
    const both = await errorOf(derive(attachment(0, one), attachment(1, other)))
    expect(both).toBeInstanceOf(NotValidError)
    expect(both.message).toMatch(`volume-0 in "${first}", volume-1 in "${second}"`)
    await expect(derive(attachment(2, 'absent'))).rejects.toThrow(/volume absent not found/)
  })
})
