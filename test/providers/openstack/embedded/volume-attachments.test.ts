import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { Secret } from 'cloud-environs'
import { connect } from '../../../../providers/openstack/api/index.ts'
import {
  at,
  built,
  createServer,
  gone,
  type Json,
  KEYSTONE,
  list,
  login,
  NOVA,
  passwordAuth,
  pick,
  Rest,
  until,
} from './rest.ts'

const CINDER = '/volume/v3'

let cloud: EmbeddedOpenStack
let demo: Rest
let admin: Rest
let server: string
let path: string

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 20, deleteMillis: 10 })
  demo = await login(cloud)
  admin = await loginAdmin()
})
afterAll(() => cloud.close())
beforeEach(async () => {
  server = await createServer(demo)
  path = `${NOVA}/servers/${server}/os-volume_attachments`
  await built(demo, server)
})

/** The administrator, in the same project. */
async function loginAdmin(): Promise<Rest> {
  const scope = { project: { name: 'demo', domain: { name: 'Default' } } }
  const answer = await demo.post(`${KEYSTONE}/auth/tokens`, passwordAuth('admin', 'secret', scope))
  return new Rest(cloud, answer.headers.get('x-subject-token') ?? '')
}

const message = (body: Json) => pick(Object.values(body)[0], 'message')
const attach = (volumeAttachment: Json, version = '2.89') =>
  demo.post(path, { volumeAttachment }, at(version))

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

describe('a volume', () => {
  it('is reserved, attached, shown as each microversion has it, detached, and free again', async () => {
    const id = await volume()
    const answer = await attach({ volumeId: id, tag: 'data', delete_on_termination: false })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      volumeAttachment: {
        id,
        serverId: server,
        volumeId: id,
        device: '/dev/vdb',
        tag: 'data',
        delete_on_termination: false,
      },
    })
    const seen = await become(id, 'in-use')
    expect(seen.attachments).toMatchObject([{ server_id: server, device: '/dev/vdb' }])
    const shown = async (version: string) =>
      pick((await demo.get(`${path}/${id}`, at(version))).body, 'volumeAttachment') as Json
    const base = { volumeId: id, serverId: server, device: '/dev/vdb' }
    expect(await shown('2.1')).toEqual({ id, ...base })
    expect(await shown('2.70')).toEqual({ id, ...base, tag: 'data' })
    expect(await shown('2.79')).toEqual({ id, ...base, tag: 'data', delete_on_termination: false })
    const newest = await shown('2.89')
    expect(Object.keys(newest)).not.toContain('id')
    expect(newest.attachment_id).toBe(pick(seen, 'attachments', 0, 'attachment_id'))
    expect(newest.bdm_uuid).toMatch(/^[0-9a-f-]{36}$/)
    expect(list((await demo.get(path, at('2.89'))).body, 'volumeAttachments')).toEqual([newest])
    expect(pick(await built(demo, server), 'os-extended-volumes:volumes_attached')).toEqual([
      { id, delete_on_termination: false },
    ])

    expect((await demo.delete(`${path}/${id}`)).status).toBe(202)
    expect((await show(id)).status).toBe('detaching')
    await become(id, 'available')
    const missing = await demo.delete(`${path}/${id}`)
    expect(missing.status).toBe(404)
    expect(message(missing.body)).toBe(`Instance ${server} is not attached to volume ${id}`)
  })

  it('goes with the server when that was asked for, and stays otherwise', async () => {
    const [kept, doomed] = [await volume(), await volume()]
    await attach({ volumeId: kept })
    await attach({ volumeId: doomed })
    await become(kept, 'in-use')
    await become(doomed, 'in-use')
    const change = { volumeAttachment: { volumeId: doomed, delete_on_termination: true } }
    expect((await demo.put(`${path}/${doomed}`, change, at('2.85'))).status).toBe(202)
    await demo.delete(`${NOVA}/servers/${server}`)
    await gone(demo, server)
    await become(kept, 'available')
    const after = await until(
      () => demo.get(`${CINDER}/volumes/${doomed}`),
      ({ status }) => status === 404,
    )
    expect(after.status).toBe(404)
  })

  it('is attached to many servers only where its type and the microversion allow it', async () => {
    const [single, shared] = [await volume(), await volume({ volume_type: 'multiattach' })]
    await attach({ volumeId: single })
    expect((await attach({ volumeId: shared }, '2.59')).status).toBe(400)
    expect((await attach({ volumeId: shared }, '2.60')).status).toBe(200)
    await become(single, 'in-use')
    await become(shared, 'in-use')
    expect(message((await attach({ volumeId: shared })).body)).toBe(
      `Invalid volume: volume ${shared} already attached`,
    )
    const other = await createServer(demo)
    await built(demo, other)
    const there = `${NOVA}/servers/${other}/os-volume_attachments`
    const refused = await demo.post(there, { volumeAttachment: { volumeId: single } })
    expect(refused.status).toBe(400)
    expect(message(refused.body)).toBe(
      `Invalid volume: volume ${single} is already attached to instances: ${server}`,
    )
    await demo.post(there, { volumeAttachment: { volumeId: shared } }, at('2.60'))
    await until(
      () => show(shared),
      ({ attachments }) => (attachments as Json[]).length === 2,
    )
    await demo.delete(`${there}/${shared}`)
    const left = await until(
      () => show(shared),
      ({ attachments }) => (attachments as Json[]).length === 1,
    )
    expect(left).toMatchObject({ status: 'in-use', attachments: [{ server_id: server }] })
  })

  it('is swapped for another by administrators alone', async () => {
    const [old, replacement, small] = [await volume({ size: 2 }), await volume({ size: 2 }), await volume()]
    await attach({ volumeId: old, tag: 'x' })
    await become(old, 'in-use')
    const swap = (rest: Rest, volumeId: string, version: string) =>
      rest.put(`${path}/${old}`, { volumeAttachment: { volumeId } }, at(version))
    for (const version of ['2.84', '2.85']) {
      const refused = await swap(demo, replacement, version)
      expect(refused.status).toBe(403)
      expect(message(refused.body)).toContain('os-volumes-attachments:swap')
    }
    expect(message((await swap(admin, small, '2.84')).body)).toBe(
      'Invalid volume: New volume must be the same size or larger.',
    )
    expect((await swap(admin, replacement, '2.84')).status).toBe(202)
    await become(old, 'available')
    const attached = list((await demo.get(path, at('2.70'))).body, 'volumeAttachments')
    expect(attached).toMatchObject([{ volumeId: replacement, device: '/dev/vdb', tag: 'x' }])
    expect((await show(replacement)).status).toBe('in-use')
  })

  it('comes to a shelved server at once from 2.20 on, and gets its device on a host', async () => {
    const id = await volume()
    await demo.post(`${NOVA}/servers/${server}/action`, { shelve: null })
    await until(
      () => built(demo, server),
      ({ status }) => status === 'SHELVED_OFFLOADED',
    )
    expect((await attach({ volumeId: id }, '2.19')).status).toBe(409)
    expect((await attach({ volumeId: id, tag: 't' }, '2.49')).status).toBe(400)
    const answer = await attach({ volumeId: id }, '2.20')
    expect(pick(answer.body, 'volumeAttachment', 'device')).toBeNull()
    expect((await show(id)).status).toBe('in-use')
    expect((await demo.delete(`${path}/${id}`, at('2.19'))).status).toBe(409)
    const other = await volume()
    await attach({ volumeId: other }, '2.20')
    expect((await demo.delete(`${path}/${other}`, at('2.20'))).status).toBe(202)
    await become(other, 'available')
    await demo.post(`${NOVA}/servers/${server}/action`, { unshelve: null })
    await until(
      () => built(demo, server),
      ({ status }) => status === 'ACTIVE',
    )
    const shown = await demo.get(`${path}/${id}`)
    expect(pick(shown.body, 'volumeAttachment', 'device')).toBe('/dev/vdb')
  })
})

describe('requests that do not fit', () => {
  it.each<[string, Json, string, number, RegExp]>([
    ['no volume', {}, '2.1', 400, /'volumeId' is a required property$/],
    ['what is no id', { volumeId: 'x' }, '2.1', 400, /'x' is not a 'uuid'$/],
    [
      'an unknown volume',
      { volumeId: '11111111-1111-1111-1111-111111111111' },
      '2.1',
      404,
      /^Volume .* not be/,
    ],
    ['a tag too early', { tag: 't' }, '2.48', 400, /\('tag' was unexpected\)$/],
    ['its end too early', { delete_on_termination: true }, '2.78', 400, /'delete_on_termination' was/],
    ['a device that is taken', { device: '/dev/vda' }, '2.1', 409, /\(\/dev\/vda\) is in use\.$/],
    ['a device of another form', { device: 'vda' }, '2.1', 400, /'vda' does not match/],
  ])('are refused: %s', async (what, given, version, status, text) => {
    const id = what === 'no volume' ? {} : { volumeId: await volume() }
    const answer = await attach({ ...id, ...given }, version)
    expect(answer.status).toBe(status)
    expect(message(answer.body)).toMatch(text)
  })

  it('are refused while the server is built, or locked', async () => {
    const id = await volume()
    const young = await createServer(demo, { metadata: { loopback_build_seconds: '0.2' } })
    const early = await demo.post(`${NOVA}/servers/${young}/os-volume_attachments`, {
      volumeAttachment: { volumeId: id },
    })
    expect(early.status).toBe(409)
    expect(message(early.body)).toBe(
      `Cannot 'attach_volume' instance ${young} while it is in vm_state building`,
    )
    await demo.post(`${NOVA}/servers/${server}/action`, { lock: null })
    expect(message((await attach({ volumeId: id })).body)).toBe(`Instance ${server} is locked`)
    expect((await show(id)).status).toBe('available')
  })

  it('change nothing but the end of an attachment', async () => {
    const id = await volume()
    await attach({ volumeId: id })
    const change = async (given: Json) =>
      message(
        (await demo.put(`${path}/${id}`, { volumeAttachment: { volumeId: id, ...given } }, at('2.85'))).body,
      )
    expect(await change({ id: server })).toBe('The id property is not mutable')
    expect(await change({ serverId: id })).toBe('The serverId property is not mutable')
    expect(await change({ device: '/dev/vdx' })).toBe('The device property is not mutable')
    expect(await change({ tag: 'x' })).toBe('The tag property is not mutable')
  })

  it('count disks of the host in a page', async () => {
    const id = await volume()
    await attach({ volumeId: id })
    const page = async (query: string) =>
      list((await demo.get(`${path}?${query}`, at('2.75'))).body, 'volumeAttachments')
    expect(await page('limit=1')).toEqual([])
    expect(await page('limit=1&offset=1')).toMatchObject([{ volumeId: id }])
    expect((await demo.get(`${path}?colour=red`, at('2.75'))).status).toBe(400)
    expect((await demo.get(`${path}?colour=red`, at('2.74'))).status).toBe(200)
  })
})

it('the typed client does all of it', async () => {
  await using connection = connect({
    authUrl: cloud.authUrl,
    credential: {
      method: 'password',
      user: { name: 'demo', domain: { name: 'Default' } },
      password: new Secret('secret'),
    },
    scope: { project: { name: 'demo', domain: { name: 'Default' } } },
  })
  const { compute, blockStorage } = connection
  const id = await volume()
  await compute.servers.createVolumeAttachment(server, {
    volumeId: id,
    tag: 'data',
    deleteOnTermination: true,
  })
  await blockStorage.volumes.waitForStatus(id, { accept: ['in-use'] })
  await compute.servers.updateVolumeAttachment(server, id, { deleteOnTermination: false })
  expect(await compute.servers.volumeAttachments(server)).toMatchObject([
    { volumeId: id, serverId: server, device: '/dev/vdb', tag: 'data', deleteOnTermination: false },
  ])
  expect(await compute.servers.deleteVolumeAttachment(server, id)).toBe(true)
  await blockStorage.volumes.waitForStatus(id)
  expect(await compute.servers.deleteVolumeAttachment(server, id)).toBe(false)
})
