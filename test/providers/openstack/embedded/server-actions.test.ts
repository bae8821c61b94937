/** Each server action from each state: Nova's refusals, its codes, and the statuses on the way. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { createServer, GLANCE, type Json, seedOf } from './rest.ts'
import { act, said, serverIn, settled, show, STATES, type Users, usersOf } from './server-states.ts'

const NOTHING = '00000000-0000-4000-8000-000000000000'

interface Row {
  readonly value?: unknown
  /** From which vm_state to which status. */
  readonly leads: Readonly<Record<string, string>>
  /** The status while it goes on, when that is not the one before. */
  readonly shows?: string
  /** The task while it goes on. */
  readonly task: string
  readonly code?: number
  /** What a conflict calls it, when not by its key. */
  readonly name?: string
  readonly byAdmin?: boolean
}

const same = (status: string, ...states: string[]) =>
  Object.fromEntries(states.map((state) => [state, status]))

const ACTIVE = { active: 'ACTIVE' }
const SNAPSHOT = { ...ACTIVE, stopped: 'SHUTOFF', paused: 'PAUSED', suspended: 'SUSPENDED' }

const ROWS: Readonly<Record<string, Row>> = {
  'os-start': { leads: { stopped: 'ACTIVE' }, task: 'powering-on', name: 'start' },
  'os-stop': { leads: same('SHUTOFF', 'active', 'error'), task: 'powering-off', name: 'stop' },
  pause: { leads: { active: 'PAUSED' }, task: 'pausing' },
  unpause: { leads: { paused: 'ACTIVE' }, task: 'unpausing' },
  suspend: { leads: { active: 'SUSPENDED' }, task: 'suspending' },
  resume: { leads: { suspended: 'ACTIVE' }, task: 'resuming' },
  rescue: { leads: same('RESCUE', 'active', 'stopped', 'error'), task: 'rescuing', code: 200 },
  unrescue: { leads: { rescued: 'ACTIVE' }, task: 'unrescuing' },
  shelve: {
    leads: same('SHELVED', 'active', 'stopped', 'paused', 'suspended'),
    task: 'shelving',
  },
  shelveOffload: {
    leads: { shelved: 'SHELVED_OFFLOADED' },
    task: 'shelving_offloading',
    byAdmin: true,
  },
  unshelve: { leads: same('ACTIVE', 'shelved', 'shelved_offloaded'), task: 'unshelving' },
  resize: {
    value: { flavorRef: '2' },
    leads: same('VERIFY_RESIZE', 'active', 'stopped'),
    shows: 'RESIZE',
    task: 'resize_prep',
  },
  migrate: {
    leads: same('VERIFY_RESIZE', 'active', 'stopped'),
    shows: 'RESIZE',
    task: 'resize_prep',
    byAdmin: true,
  },
  revertResize: { leads: { resized: 'ACTIVE' }, shows: 'REVERT_RESIZE', task: 'resize_reverting' },
  'os-migrateLive': {
    value: { host: null, block_migration: 'auto' },
    leads: { ...ACTIVE, paused: 'PAUSED' },
    shows: 'MIGRATING',
    task: 'migrating',
    byAdmin: true,
  },
  changePassword: {
    value: { adminPass: 'x' },
    leads: ACTIVE,
    shows: 'PASSWORD',
    task: 'updating_password',
  },
  createImage: { value: { name: 'i' }, leads: SNAPSHOT, task: 'image_snapshot_pending' },
  createBackup: {
    value: { name: 'b', backup_type: 'daily', rotation: 1 },
    leads: SNAPSHOT,
    task: 'image_backup',
  },
}

let cloud: EmbeddedOpenStack
/** Of a cloud that takes its time, so that what it is at can be seen. */
let users: Users
let image: string
beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 500, shelvedOffloadMillis: -1 })
  users = await usersOf(cloud)
  image = (await seedOf(users.demo)).image
})
afterAll(() => cloud.close())

describe.concurrent.each(Object.entries(ROWS))('%s', (key, row) => {
  const body = { [key]: row.value ?? null }

  it('leads from each right state to where it should', async () => {
    const lead = async ([state, status]: readonly [string, string]) => {
      const id = await serverIn(users, state)
      const before = (await show(users.demo, id)).status
      const answer = await act(row.byAdmin ? users.admin : users.demo, id, body)
      expect(answer.status).toBe(row.code ?? 202)
      const busy = await show(users.demo, id)
      expect(busy).toMatchObject({ status: row.shows ?? before, 'OS-EXT-STS:task_state': row.task })
      await settled(users.demo, id, status)
    }
    await Promise.all(Object.entries(row.leads).map(lead))
  })

  if (!row.byAdmin) return
  it('is for administrators', async () => {
    const id = await serverIn(users, Object.keys(row.leads)[0] ?? '')
    expect(said(await act(users.demo, id, body))).toMatch(/^403 Policy doesn't allow os_compute_api:/)
  })
})

describe.concurrent.each([...STATES, 'building'])('a server that is %s', (state) => {
  it('refuses what does not fit', async () => {
    const building = { metadata: { loopback_build_seconds: '600' }, networks: 'none' }
    const id = state === 'building' ? await createServer(users.demo, building) : await serverIn(users, state)
    const refused = async (key: string, value: unknown, name: string) => {
      const answer = await act(users.admin, id, { [key]: value })
      const notReady = ['os-start', 'os-stop', 'trigger_crash_dump'].includes(key) && !hosted
      expect(said(answer)).toBe(
        notReady
          ? `409 Instance ${id} is not ready`
          : `409 Cannot '${name}' instance ${id} while it is in vm_state ${state}`,
      )
    }
    const { 'OS-EXT-SRV-ATTR:host': host } = await show(users.admin, id)
    const hosted = host !== null
    for (const [key, row] of Object.entries(ROWS)) {
      if (!(state in row.leads)) await refused(key, row.value ?? null, row.name ?? key)
    }
    if (state !== 'resized') await refused('confirmResize', null, 'confirmResize')
    await refused('restore', null, 'restore')
    if (!['active', 'paused', 'rescued', 'resized', 'error'].includes(state)) {
      await refused('trigger_crash_dump', null, 'trigger_crash_dump')
    }
    if (state !== 'active') await refused('reboot', { type: 'SOFT' }, 'reboot')
    if (!['active', 'stopped', 'paused', 'suspended', 'error'].includes(state)) {
      await refused('reboot', { type: 'HARD' }, 'reboot')
    }
    if (!['active', 'stopped', 'error'].includes(state)) {
      await refused('rebuild', { imageRef: image }, 'rebuild')
      if (hosted) await refused('evacuate', {}, 'evacuate')
    }
  })
})

it('reboots soft when active, and hard from wherever there is something to boot', async () => {
  const reboot = async (state: string) => {
    const id = await serverIn(users, state)
    if (state === 'active') {
      expect((await act(users.demo, id, { reboot: { type: 'SOFT' } })).status).toBe(202)
      expect(await show(users.demo, id)).toMatchObject({ status: 'REBOOT' })
      expect(said(await act(users.demo, id, { pause: null }))).toMatch(
        /^409 Cannot 'pause' instance \S+ while it is in task_state reboot/,
      )
    }
    // It interrupts a soft one.
    expect((await act(users.demo, id, { reboot: { type: 'HARD' } })).status).toBe(202)
    expect((await show(users.demo, id))['OS-EXT-STS:task_state']).toMatch(/^reboot.*_hard$/)
    await settled(users.demo, id, 'ACTIVE')
  }
  await Promise.all(['active', 'stopped', 'paused', 'suspended', 'error'].map(reboot))
})

describe('actions of their own kind', () => {
  let fast: EmbeddedOpenStack
  let users: Users
  let image: string
  beforeAll(async () => {
    fast = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 10, shelvedOffloadMillis: -1 })
    users = await usersOf(fast)
    image = (await seedOf(users.demo)).image
  })
  afterAll(() => fast.close())

  it('confirm a resize with 204, and come back as stopped as it was', async () => {
    const id = await serverIn(users, 'stopped')
    await act(users.demo, id, { resize: { flavorRef: '2' } })
    const resized = await settled(users.demo, id, 'VERIFY_RESIZE')
    expect(resized).toMatchObject({ flavor: { original_name: 'm1.small' }, progress: 0 })
    expect((await act(users.demo, id, { confirmResize: null })).status).toBe(204)
    await settled(users.demo, id, 'SHUTOFF')
    await act(users.demo, id, { resize: { flavorRef: '1' } })
    await settled(users.demo, id, 'VERIFY_RESIZE')
    await act(users.demo, id, { revertResize: null })
    expect(await settled(users.demo, id, 'SHUTOFF')).toMatchObject({ flavor: { original_name: 'm1.small' } })
  })

  it('refuse a resize that changes nothing, or cannot be', async () => {
    const id = await serverIn(users, 'active')
    const resize = async (flavorRef: string) => said(await act(users.demo, id, { resize: { flavorRef } }))
    expect(await resize('1')).toBe('400 When resizing, instances must change flavor!')
    expect(await resize('nope')).toBe('400 Flavor nope could not be found.')
    expect(await resize('6')).toBe(
      '400 Server disk was unable to be resized because: Resize to zero disk flavor is not allowed.',
    )
  })

  it('rebuild, with the server and its password in the answer', async () => {
    const id = await serverIn(users, 'stopped')
    const value = { imageRef: image, name: 'new', metadata: { a: 'b' }, adminPass: 'pw', hostname: 'host' }
    const answer = await act(users.demo, id, { rebuild: value })
    expect(answer.status).toBe(202)
    expect(answer.headers.get('location')).toMatch(new RegExp(`/servers/${id}$`))
    expect(answer.body.server).toMatchObject({
      status: 'REBUILD',
      name: 'new',
      metadata: { a: 'b' },
      adminPass: 'pw',
      'OS-EXT-SRV-ATTR:hostname': 'host',
      user_data: null,
    })
    await settled(users.demo, id, 'SHUTOFF')
    const old = await act(users.demo, id, { rebuild: { imageRef: image } }, '2.1')
    expect(old.body.server).not.toHaveProperty('locked')
    expect(old.body.server).not.toHaveProperty('OS-EXT-STS:vm_state')
    await settled(users.demo, id, 'SHUTOFF')
    expect(said(await act(users.demo, id, { rebuild: { imageRef: NOTHING } }))).toBe(
      '400 Cannot find image for rebuild',
    )
    const keyed = { rebuild: { imageRef: image, key_name: 'k' } }
    expect(said(await act(users.demo, id, keyed))).toBe('400 Invalid key_name provided.')
    expect(said(await act(users.demo, id, keyed, '2.53'))).toContain("('key_name' was unexpected)")
  })

  it('rescue with the password that was asked for, but not with any image', async () => {
    const id = await serverIn(users, 'active')
    expect(said(await act(users.demo, id, { rescue: { rescue_image_ref: NOTHING } }))).toBe(
      `400 Requested rescue image '${NOTHING}' is not supported`,
    )
    expect((await act(users.demo, id, { rescue: { adminPass: 'pw' } })).body).toEqual({ adminPass: 'pw' })
  })

  it('lock, for owners and for administrators', async () => {
    const id = await serverIn(users, 'active')
    const { demo, admin } = users
    await act(demo, id, { lock: { locked_reason: 'why' } })
    expect(await show(demo, id)).toMatchObject({ locked: true, locked_reason: 'why' })
    expect(await show(demo, id, '2.9')).not.toHaveProperty('locked_reason')
    expect(await show(demo, id, '2.8')).not.toHaveProperty('locked')
    expect(said(await act(demo, id, { pause: null }))).toBe(`409 Instance ${id} is locked`)
    expect(said(await act(demo, id, { changePassword: { adminPass: 'x' } }))).toBe(
      `409 Instance ${id} is in an invalid state for 'changePassword'`,
    )
    expect((await act(demo, id, { createImage: { name: 'x' } })).status).toBe(202)
    await settled(demo, id, 'ACTIVE')
    expect((await act(demo, id, { unlock: null })).status).toBe(202)
    await act(admin, id, { lock: null })
    expect(said(await act(demo, id, { unlock: null }))).toBe(
      "403 Policy doesn't allow os_compute_api:os-lock-server:unlock:unlock_override to be performed.",
    )
    expect((await act(admin, id, { pause: null })).status).toBe(202)
    expect((await act(admin, id, { unlock: null })).status).toBe(202)
    expect(await show(demo, id)).toMatchObject({ locked: false, locked_reason: null })
  })

  it('shelve into an image, which unshelving takes away', async () => {
    const id = await serverIn(users, 'shelved_offloaded')
    const { demo, admin } = users
    const images = async () => (await demo.get(`${GLANCE}/images?instance_uuid=${id}`)).body.images
    expect(await images()).toMatchObject([
      { name: 'in-shelved_offloaded-shelved', status: 'active', image_type: 'snapshot' },
    ])
    expect(await show(admin, id)).toMatchObject({
      'OS-EXT-SRV-ATTR:host': null,
      'OS-EXT-AZ:availability_zone': '',
      hostId: '',
      'OS-EXT-STS:power_state': 4,
    })
    const unshelve = async (value: unknown, rest = demo) => said(await act(rest, id, { unshelve: value }))
    expect(await unshelve({ availability_zone: 'mars' })).toBe(
      '400 The requested availability zone is not available',
    )
    expect(await unshelve({ host: 'cn-az2-1' })).toMatch(/^403 .*unshelve_to_host/)
    expect(await unshelve({ host: 'nope' }, admin)).toBe('400 Compute host nope could not be found.')
    expect(await unshelve({ host: 'cn-az1-1', availability_zone: 'az2' }, admin)).toBe(
      '409 Host "cn-az1-1" is not in the availability zone "az2".',
    )
    expect(said(await act(demo, id, { unshelve: {} }, '2.77'))).toContain(
      "'availability_zone' is a required property",
    )
    expect((await act(admin, id, { unshelve: { host: 'cn-az2-1', availability_zone: 'az2' } })).status).toBe(
      202,
    )
    expect(await settled(admin, id, 'ACTIVE')).toMatchObject({ 'OS-EXT-SRV-ATTR:host': 'cn-az2-1' })
    expect(await images()).toEqual([])
    const kept = await serverIn(users, 'shelved')
    expect(said(await act(demo, kept, { unshelve: { availability_zone: 'az1' } }))).toBe(
      `409 Specifying an availability zone or a host when unshelving server "${kept}" with status "shelved" is not supported. The server status must be SHELVED_OFFLOADED.`,
    )
  })

  it('keep as many backups as asked for', async () => {
    const { demo } = users
    const id = await serverIn(users, 'active')
    const backup = async (name: string, rotation: number, version: string) => {
      const value = { name, backup_type: 'daily', rotation }
      const answer = await act(demo, id, { createBackup: value }, version)
      expect(answer.status).toBe(202)
      await settled(demo, id, 'ACTIVE')
      return answer
    }
    expect((await backup('first', 2, '2.44')).headers.get('location')).toContain('/images/')
    expect((await backup('second', 2, '2.45')).body).toMatchObject({ image_id: expect.any(String) })
    await backup('third', 2, '2.45')
    const kept = await demo.get(`${GLANCE}/images?instance_uuid=${id}&sort=name:asc`)
    expect((kept.body.images as Json[]).map(({ name }) => name)).toEqual(['second', 'third'])
    expect((await backup('none', 0, '2.44')).headers.get('location')).toBeNull()
    expect((await demo.get(`${GLANCE}/images?instance_uuid=${id}`)).body.images).toEqual([])
  })

  it('know what boots from a volume', async () => {
    const { demo } = users
    const root = { source_type: 'image', destination_type: 'volume', uuid: image, boot_index: 0 }
    const mapping = [{ ...root, volume_size: 1, delete_on_termination: true }]
    const id = await createServer(demo, { networks: 'none', block_device_mapping_v2: mapping, imageRef: '' })
    await settled(demo, id, 'ACTIVE')
    expect(said(await act(demo, id, { rescue: null }))).toBe(
      `400 Instance ${id} cannot be rescued: Cannot rescue a volume-backed instance`,
    )
    const backup = { name: 'b', backup_type: 'daily', rotation: 1 }
    expect(said(await act(demo, id, { createBackup: backup }))).toBe(
      '400 Backup is not supported for volume-backed instances.',
    )
    const others = await demo.get(`${GLANCE}/images`)
    const other = (others.body.images as Json[]).find((each) => each.id !== image)?.id
    expect(said(await act(demo, id, { rebuild: { imageRef: other } }, '2.92'))).toBe(
      `400 Image ${String(other)} is unacceptable: Unable to rebuild with a different image for a volume-backed server.`,
    )
    expect((await act(demo, id, { rebuild: { imageRef: image } }, '2.92')).status).toBe(202)
    await settled(demo, id, 'ACTIVE')
    const made = await act(demo, id, { createImage: { name: 'i' } })
    const empty = await demo.get(`${GLANCE}/images/${String(made.body.image_id)}`)
    expect(empty.body).toMatchObject({ status: 'active', size: 0 })
    await act(demo, id, { shelve: null })
    await settled(demo, id, 'SHELVED_OFFLOADED')
    await act(demo, id, { unshelve: null })
    expect(await settled(demo, id, 'ACTIVE')).toMatchObject({ image: '' })
  })

  it('have their microversions', async () => {
    const id = await serverIn(users, 'active')
    const missing = '404 The resource could not be found.'
    const at = async (version: string, body: Json) => said(await act(users.demo, id, body, version))
    expect(await at('2.16', { trigger_crash_dump: null })).toBe(missing)
    expect((await act(users.demo, id, { trigger_crash_dump: null }, '2.17')).status).toBe(202)
    expect(await at('2.44', { addFixedIp: { networkId: NOTHING } })).toBe(missing)
    expect((await act(users.demo, id, { addFixedIp: { networkId: NOTHING } }, '2.43')).status).toBe(202)
    expect(await at('2.6', { 'os-getVNCConsole': { type: 'novnc' } })).toBe(missing)
    expect(await at('2.93', { lock: { x: 1 } })).toContain("('x' was unexpected)")
    expect(await at('2.72', { lock: { x: 1 } })).toBe('202 undefined')
    await act(users.demo, id, { unlock: null })
    expect(await at('2.1', { resetNetwork: null })).toBe(
      '410 This resource is no longer available. No forwarding address is given.',
    )
    expect(await at('2.93', { fly: null })).toBe('400 There is no such action: fly')
    expect(await at('2.93', { toString: null })).toBe('400 There is no such action: toString')
    expect(await at('2.93', {})).toBe('400 Malformed request body')
    expect((await act(users.admin, id, { injectNetworkInfo: null })).status).toBe(202)
  })

  it('reset the state, whatever goes on', async () => {
    const id = await serverIn(users, 'active')
    await act(users.demo, id, { suspend: null })
    await act(users.admin, id, { 'os-resetState': { state: 'error' } })
    expect(await show(users.demo, id)).toMatchObject({ status: 'ERROR', 'OS-EXT-STS:task_state': null })
    await act(users.admin, id, { 'os-resetState': { state: 'active' } })
    expect((await show(users.demo, id)).status).toBe('ACTIVE')
  })

  it('refuse a server that was never active', async () => {
    const id = await createServer(users.demo, {
      networks: 'none',
      metadata: { loopback_build_fault: 'abort' },
    })
    expect(await settled(users.demo, id, 'ERROR')).toMatchObject({ fault: { code: 500 } })
    expect(said(await act(users.demo, id, { rescue: null }))).toBe(
      `409 Instance ${id} is in an invalid state for 'rescue'`,
    )
    expect(said(await act(users.demo, id, { 'os-stop': null }))).toBe(`409 Instance ${id} is not ready`)
  })
})
