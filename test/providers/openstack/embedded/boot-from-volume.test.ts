import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { at, built, GLANCE, gone, type Json, list, login, NOVA, pick, type Rest, until } from './rest.ts'

const CINDER = '/volume/v3'
const UNKNOWN = '11111111-1111-1111-1111-111111111111'

let cloud: EmbeddedOpenStack
let demo: Rest
let image: string
let debian: string

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({
    buildMillis: 150,
    deleteMillis: 10,
    quotas: { perVolumeGigabytes: 50 },
  })
  demo = await login(cloud)
  const named = async (name: string) =>
    String(pick((await demo.get(`${GLANCE}/images?name=${name}`)).body, 'images', 0, 'id'))
  image = await named('cirros')
  debian = await named('debian-12-genericcloud-amd64')
})
afterAll(() => cloud.close())

const message = (body: Json) => pick(Object.values(body)[0], 'message')

function boot(devices: Json[], extra: Json = {}, version = '2.67') {
  const server = { name: 'v', flavorRef: '1', networks: 'none', block_device_mapping_v2: devices, ...extra }
  return demo.post(`${NOVA}/servers`, { server }, at(version))
}

async function booted(devices: Json[], extra: Json = {}): Promise<string> {
  const answer = await boot(devices, extra)
  if (answer.status !== 202) throw new Error(answer.text)
  return String(pick(answer.body, 'server', 'id'))
}

async function volume(extra: Json = {}): Promise<string> {
  const { body } = await demo.post(`${CINDER}/volumes`, { volume: { size: 1, ...extra } })
  const id = String(pick(body, 'volume', 'id'))
  await become(id, 'available')
  return id
}

const show = async (id: string) => pick((await demo.get(`${CINDER}/volumes/${id}`)).body, 'volume') as Json
const become = (id: string, status: string) =>
  until(
    () => show(id),
    (seen) => seen?.status === status,
  )

const fromImage: () => Json = () => ({
  source_type: 'image',
  destination_type: 'volume',
  uuid: image,
  boot_index: 0,
  volume_size: 1,
})
const fromVolume = (uuid: string): Json => ({
  source_type: 'volume',
  destination_type: 'volume',
  uuid,
  boot_index: 0,
})
const local = () => ({
  source_type: 'image',
  destination_type: 'local',
  uuid: image,
  boot_index: 0,
})
const blank: Json = { source_type: 'blank', destination_type: 'volume', boot_index: -1, volume_size: 2 }

describe('a server', () => {
  it('boots from a volume that is made of an image, beside an empty one, each with its own end', async () => {
    const id = await booted(
      [
        { ...fromImage(), delete_on_termination: true, volume_type: 'standard' },
        { ...blank, tag: 'data' },
      ],
      { flavorRef: '6' },
    )
    const server = await built(demo, id)
    expect(server).toMatchObject({ status: 'ACTIVE', image: '' })
    const path = `${NOVA}/servers/${id}/os-volume_attachments`
    const [root, data] = list((await demo.get(path, at('2.79'))).body, 'volumeAttachments')
    expect([root, data]).toMatchObject([
      { device: '/dev/vda', tag: null, delete_on_termination: true },
      { device: '/dev/vdb', tag: 'data', delete_on_termination: false },
    ])
    const [rootId, dataId] = [String(root?.volumeId), String(data?.volumeId)]
    expect(pick(server, 'os-extended-volumes:volumes_attached')).toEqual([
      { id: rootId, delete_on_termination: true },
      { id: dataId, delete_on_termination: false },
    ])
    expect(await show(rootId)).toMatchObject({
      status: 'in-use',
      size: 1,
      name: '',
      bootable: 'true',
      volume_type: 'standard',
      volume_image_metadata: { image_id: image },
      attachments: [{ server_id: id, device: '/dev/vda' }],
    })
    expect(await show(dataId)).toMatchObject({ name: `${id}-blank-vol`, size: 2, bootable: 'false' })
    const refused = await demo.delete(`${path}/${rootId}`)
    expect(refused.status).toBe(400)
    expect(message(refused.body)).toBe('Cannot detach a root device volume')

    await demo.delete(`${NOVA}/servers/${id}`)
    await gone(demo, id)
    await until(
      () => demo.get(`${CINDER}/volumes/${rootId}`),
      ({ status }) => status === 404,
    )
    await become(dataId, 'available')
  })

  it('boots from a volume that is there, which is its own from the first answer on', async () => {
    const [root, data] = [await volume({ imageRef: image }), await volume()]
    const id = await booted([fromVolume(root), { ...fromVolume(data), boot_index: null }])
    expect((await show(root)).status).not.toBe('available')
    const again = await boot([fromVolume(root)])
    expect(again.status).toBe(400)
    expect(message(again.body)).toMatch(/^Invalid volume: .*to reserve/)
    const server = await built(demo, id)
    expect(server).toMatchObject({
      image: '',
      'os-extended-volumes:volumes_attached': [{ id: root }, { id: data }],
    })
    expect(await show(root)).toMatchObject({ attachments: [{ device: '/dev/vda' }] })
    await demo.delete(`${NOVA}/servers/${id}`)
    await become(root, 'available')
    await become(data, 'available')
  })

  it('has volumes beside the disk of its image', async () => {
    const data = await volume()
    const id = await booted([local(), { ...fromVolume(data), boot_index: -1 }], { imageRef: image })
    expect(await built(demo, id)).toMatchObject({ status: 'ACTIVE', image: { id: image } })
    expect(await show(data)).toMatchObject({ status: 'in-use', attachments: [{ device: '/dev/vdb' }] })
  })

  it('goes to ERROR when its volume is not to be had, and what was made for it goes', async () => {
    const volumes = async () =>
      list((await demo.get(`${CINDER}/volumes`)).body, 'volumes').map((each) => each.id)
    const before = await volumes()
    const root = { ...fromImage(), delete_on_termination: true }
    const id = await booted([root, { ...blank, volume_size: 60 }])
    const server = await built(demo, id)
    expect(server).toMatchObject({
      status: 'ERROR',
      image: '',
      'os-extended-volumes:volumes_attached': [],
    })
    expect(pick(server, 'fault', 'message')).toMatch(
      /^Build of instance .* aborted: .*Requested volume size 60G is larger than maximum allowed limit 50G/,
    )
    await until(volumes, (left) => left.length === before.length)
    expect(await volumes()).toEqual(before)
  })

  it('goes to ERROR when its volume fails, or is taken away', async () => {
    const admin = await login(cloud, 'admin')
    for (const status of ['error', 'gone']) {
      const id = await booted([fromImage()], { metadata: { loopback_build_seconds: '0.1' } })
      const made = await until(
        async () => pick((await demo.get(`${NOVA}/servers/${id}`)).body, 'server') as Json,
        (server) => pick(server, 'os-extended-volumes:volumes_attached', 0) !== undefined,
      )
      const lost = String(pick(made, 'os-extended-volumes:volumes_attached', 0, 'id'))
      const action = { 'os-reset_status': { status: 'error' } }
      await admin.post(`${CINDER}/volumes/${lost}/action`, action)
      if (status === 'gone') await demo.delete(`${CINDER}/volumes/${lost}`)
      const server = await built(demo, id)
      expect(server.status).toBe('ERROR')
      expect(pick(server, 'fault', 'message')).toMatch(
        /aborted: Volume .* (did not finish being created .* status is (error|deleting)|could not be found)\.$/,
      )
    }
  })

  it('goes with its volume when it is deleted while that is made', async () => {
    const id = await booted([{ ...fromImage(), delete_on_termination: true }], {
      metadata: { loopback_build_seconds: '0.1' },
    })
    const seen = await until(
      async () => pick((await demo.get(`${NOVA}/servers/${id}`)).body, 'server') as Json,
      (server) => pick(server, 'os-extended-volumes:volumes_attached', 0) !== undefined,
    )
    expect(seen['OS-EXT-STS:vm_state']).toBe('building')
    const made = String(pick(seen, 'os-extended-volumes:volumes_attached', 0, 'id'))
    await demo.delete(`${NOVA}/servers/${id}`)
    await gone(demo, id)
    await until(
      () => demo.get(`${CINDER}/volumes/${made}`),
      ({ status }) => status === 404,
    )
  })
})

describe('block devices that do not fit are refused:', () => {
  const sequence =
    'Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping combination is not valid.'
  const notThere = (what: string) => `Block Device Mapping is Invalid: failed to get ${what} ${UNKNOWN}.`
  it.each<[string, () => Json[], Json, string]>([
    [
      'no source',
      () => [{ source_type: 'volume', boot_index: 0 }],
      {},
      'Block Device Mapping is Invalid: Missing device UUID.',
    ],
    [
      'a blank one with a source',
      () => [{ ...blank, uuid: UNKNOWN }],
      {},
      'Block Device Mapping is Invalid: Invalid device UUID.',
    ],
    ['an unknown volume', () => [fromVolume(UNKNOWN)], {}, notThere('volume')],
    ['an unknown image', () => [{ ...fromImage(), uuid: UNKNOWN }], {}, notThere('image')],
    [
      'an unknown snapshot',
      () => [{ ...fromVolume(UNKNOWN), source_type: 'snapshot' }],
      {},
      `Snapshot ${UNKNOWN} could not be found.`,
    ],
    [
      'an image without a size',
      () => [{ ...fromImage(), volume_size: undefined }],
      {},
      "Images with destination_type 'volume' need to have a non-zero size specified",
    ],
    [
      'a blank one without a size',
      () => [fromImage(), { ...blank, volume_size: undefined }],
      {},
      "Blank volumes (source: 'blank', dest: 'volume') need to have non-zero size",
    ],
    [
      'a volume smaller than its image',
      () => [{ ...fromImage(), uuid: debian }],
      {},
      'Volume is smaller than the minimum size specified in image metadata. Volume size is 1073741824 bytes, minimum size is 3221225472 bytes.',
    ],
    ['nothing to boot from', () => [{ ...fromImage(), boot_index: null }], {}, sequence],
    ['a gap in the order', () => [fromImage(), { ...blank, boot_index: 2 }], {}, sequence],
    [
      'an image on the host that is not the one to boot',
      () => [local()],
      {},
      'Block Device Mapping is Invalid: Mapping image to local is not supported.',
    ],
    [
      'an unknown type',
      () => [{ ...fromImage(), volume_type: 'x' }],
      {},
      'Volume type x could not be found.',
    ],
    [
      'a type for a volume that is there',
      () => [{ ...fromVolume(UNKNOWN), volume_type: 'x' }],
      {},
      'Block Device Mapping is Invalid: Specifying volume type to existing volume is not supported.',
    ],
    [
      'one volume for two servers',
      () => [fromVolume(UNKNOWN)],
      { max_count: 2 },
      'Cannot attach one or more volumes to multiple instances',
    ],
    [
      'more ephemeral disk than the flavor has',
      () => [fromImage(), { source_type: 'blank', destination_type: 'local', volume_size: 5 }],
      {},
      'Ephemeral disks requested are larger than the instance type allows. If no size is given in one block device mapping, flavor ephemeral size will be used.',
    ],
    [
      'more swap than the flavor has',
      () => [
        fromImage(),
        { source_type: 'blank', destination_type: 'local', guest_format: 'swap', volume_size: 5 },
      ],
      {},
      'Swap drive requested is larger than instance type allows.',
    ],
    [
      'both syntaxes',
      () => [fromImage()],
      { block_device_mapping: [{ volume_id: UNKNOWN }] },
      'Using different block_device_mapping syntaxes is not allowed in the same request.',
    ],
  ])('%s', async (_, devices, extra, text) => {
    const answer = await boot(devices(), extra)
    expect(message(answer.body)).toBe(text)
    expect(answer.status).toBe(400)
  })

  it('a volume that cannot be booted, and a flavor that must', async () => {
    const data = await volume()
    expect(message((await boot([fromVolume(data)])).body)).toBe(`Block Device ${data} is not bootable.`)
    const silent = { ...fromImage(), destination_type: undefined, volume_size: undefined }
    const zeroDisk = await boot([silent], { flavorRef: '6', imageRef: image })
    expect(zeroDisk.status).toBe(403)
  })

  it('one of them, and the others are free again', async () => {
    const [free, taken] = [await volume({ imageRef: image }), await volume()]
    const first = await booted([fromImage(), { ...fromVolume(taken), boot_index: -1 }])
    expect((await boot([fromVolume(free), { ...fromVolume(taken), boot_index: -1 }])).status).toBe(400)
    expect((await show(free)).status).toBe('available')
    await built(demo, first)
  })
})
