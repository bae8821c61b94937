import { fill, newImage } from '../glance/images.ts'
import { isObject, isText } from '../json.ts'
import type { Reply } from '../message.ts'
import { touch } from '../neutron/resources.ts'
import { bodyOf, busy, type Call, checkLock, ok, serverOf } from './call.ts'
import { novaError, notAllowed } from './errors.ts'
import { power, remove } from './lifecycle.ts'
import { ambiguousGroup, findGroups } from './requested-networks.ts'
import { METADATA, NAME, type Schema, validate } from './schema.ts'
import type { Server } from './server.ts'

interface Action {
  readonly schema?: Schema
  /** A change that a lock forbids; default true. */
  readonly locks?: boolean
  run(call: Call, server: Server, value: unknown): Reply
}

const ACCEPTED: Reply = { status: 202 }

const GROUP: Schema = { type: 'object', properties: { name: NAME }, required: ['name'] }

const ACTIONS: Readonly<Record<string, Action>> = {
  'os-start': {
    run({ state }, server) {
      need(server, 'start', server.vmState === 'stopped')
      power(state, server, 'powering-on', 'active')
      return ACCEPTED
    },
  },
  'os-stop': {
    run({ state }, server) {
      if (server.host === undefined && server.taskState !== 'deleting') {
        throw novaError(409, `Instance ${server.id} is not ready`)
      }
      need(server, 'stop', server.vmState === 'active' || server.vmState === 'error')
      power(state, server, 'powering-off', 'stopped')
      return ACCEPTED
    },
  },
  reboot: {
    schema: {
      type: 'object',
      properties: { type: { enum: ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft'] } },
      required: ['type'],
    },
    run({ state }, server, value) {
      const hard = isObject(value) && String(value.type).toUpperCase() === 'HARD'
      const fits = hard ? server.vmState !== 'building' : server.vmState === 'active'
      need(server, 'reboot', fits)
      power(state, server, hard ? 'rebooting_hard' : 'rebooting', 'active')
      return ACCEPTED
    },
  },
  addSecurityGroup: {
    schema: GROUP,
    run(call, server, value) {
      const id = groupOf(call, value)
      const ports = call.state.network.portsOfDevice(server.id)
      if (ports.some(({ security_groups: groups }) => groups.includes(id))) {
        throw novaError(
          400,
          `Invalid input for security_groups. Reason: Duplicate items in the list: '${id}'.`,
        )
      }
      for (const port of ports) {
        if (!port.port_security_enabled) continue
        port.security_groups = [...port.security_groups, id]
        touch(port)
      }
      return ACCEPTED
    },
  },
  removeSecurityGroup: {
    schema: GROUP,
    run(call, server, value) {
      const id = groupOf(call, value)
      const ports = call.state.network
        .portsOfDevice(server.id)
        .filter(({ security_groups: groups }) => groups.includes(id))
      if (ports.length === 0) {
        const name = isObject(value) ? String(value.name) : id
        throw novaError(404, `Security group ${name} not associated with the instance ${server.id}`)
      }
      for (const port of ports) {
        port.security_groups = port.security_groups.filter((each) => each !== id)
        touch(port)
      }
      return ACCEPTED
    },
  },
  'os-getConsoleOutput': {
    schema: {
      type: 'object',
      properties: {
        length: {
          anyOf: [
            { type: 'integer', minimum: -1 },
            { type: 'string', pattern: '^-?[0-9]+$' },
            { type: 'null' },
          ],
        },
      },
    },
    locks: false,
    run(_call, server, value) {
      if (server.host === undefined) throw novaError(409, `Instance ${server.id} is not ready`)
      const asked = isObject(value) ? value.length : undefined
      const length = asked === undefined || asked === null ? -1 : Number(asked)
      const lines = consoleLog(server).split('\n')
      return ok({ output: (length < 0 ? lines : length === 0 ? [] : lines.slice(-length)).join('\n') })
    },
  },
  createImage: {
    schema: {
      type: 'object',
      properties: { name: NAME, metadata: METADATA },
      required: ['name'],
    },
    locks: false,
    run: createImage,
  },
  lock: {
    locks: false,
    run({ minor }, server, value) {
      server.locked = true
      const reason = isObject(value) ? value.locked_reason : undefined
      server.lockedReason = minor >= 73 && isText(reason) ? reason : null
      return ACCEPTED
    },
  },
  unlock: {
    locks: false,
    run(_call, server) {
      server.locked = false
      server.lockedReason = null
      return ACCEPTED
    },
  },
  forceDelete: {
    run({ state }, server) {
      remove(state, server)
      return ACCEPTED
    },
  },
  'os-resetState': {
    schema: {
      type: 'object',
      properties: { state: { enum: ['active', 'error'] } },
      required: ['state'],
    },
    run({ access }, server, value) {
      if (!access.isAdmin) throw notAllowed('os-admin-actions:reset_state')
      server.vmState = isObject(value) && value.state === 'active' ? 'active' : 'error'
      server.taskState = null
      return ACCEPTED
    },
  },
}

/** Nova's other actions: this cloud's hypervisor cannot do them. */
const UNSUPPORTED = [
  'pause',
  'unpause',
  'suspend',
  'resume',
  'rescue',
  'unrescue',
  'shelve',
  'shelveOffload',
  'unshelve',
  'resize',
  'confirmResize',
  'revertResize',
  'rebuild',
  'migrate',
  'os-migrateLive',
  'evacuate',
  'createBackup',
  'changePassword',
  'restore',
  'trigger_crash_dump',
]

/** POST /servers/{id}/action. */
export function act(call: Call): Reply {
  const body = bodyOf(call)
  const keys = isObject(body) ? Object.keys(body) : []
  const [name, ...others] = keys
  if (name === undefined || others.length > 0 || !isObject(body)) {
    throw novaError(400, 'Malformed request body')
  }
  const action = ACTIONS[name]
  if (!action && !UNSUPPORTED.includes(name)) throw novaError(400, `There is no such action: ${name}`)
  if (action?.schema) {
    validate({ type: 'object', properties: { [name]: action.schema }, required: [name] }, body)
  }
  const server = serverOf(call)
  if (!action) throw novaError(501, 'Unable to perform this action: it is not supported by the hypervisor.')
  if (action.locks !== false) checkLock(call, server)
  return action.run(call, server, body[name])
}

/** The state an action starts from; a hard reboot alone may interrupt another reboot. */
function need(server: Server, action: string, fits: boolean): void {
  const rebooting = action === 'reboot' && server.taskState?.startsWith('reboot') === true
  if (!fits || (server.taskState !== null && !rebooting)) throw busy(server, action)
}

function groupOf({ state, access }: Call, value: unknown): string {
  const name = isObject(value) ? String(value.name) : ''
  state.network.defaultGroup(access.projectId)
  const [id, ...others] = findGroups(state, access, name)
  if (others.length > 0) throw ambiguousGroup(name)
  if (id === undefined) {
    throw novaError(404, `Security group ${name} is not found for project ${access.projectId}`)
  }
  return id
}

function consoleLog(server: Server): string {
  return [
    '[    0.000000] Linux version 6.1.0-embedded (no guest runs here)',
    '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz root=LABEL=cloudimg-rootfs ro console=ttyS0',
    "[    4.200000] cloud-init[512]: Cloud-init v. 23.1 running 'modules:final'",
    `[    4.210000] cloud-init[512]: instance-id ${server.id}`,
    '',
    `${server.hostname} login: `,
  ].join('\n')
}

function createImage(call: Call, server: Server, value: unknown): Reply {
  const { state, access, minor, incoming } = call
  need(server, 'createImage', server.vmState === 'active' || server.vmState === 'stopped')
  const given = isObject(value) ? value : {}
  const source = state.images.images.get(server.imageId ?? '')
  const image = newImage(access.projectId, {
    name: String(given.name),
    visibility: 'private',
    disk_format: 'qcow2',
    container_format: 'bare',
    min_disk: server.flavor.disk,
    min_ram: source?.min_ram ?? 0,
  })
  for (const [name, property] of source?.properties ?? []) image.properties.set(name, property)
  const about = {
    base_image_ref: server.imageId ?? '',
    instance_uuid: server.id,
    user_id: access.user.id,
    owner_id: access.projectId,
    image_type: 'snapshot',
    ...(isObject(given.metadata) ? given.metadata : {}),
  }
  for (const [name, property] of Object.entries(about)) image.properties.set(name, property)
  state.images.images.set(image.id, image)
  server.taskState = 'image_snapshot'
  state.timers.after(state.settings.deleteMillis, () => {
    if (server.taskState === 'image_snapshot') server.taskState = null
    image.properties.set('image_state', 'available')
    fill(image, Buffer.alloc(512, server.id))
    image.virtual_size = server.flavor.disk * 1_073_741_824
  })
  if (minor >= 45) return ok({ image_id: image.id }, 202)
  return { status: 202, headers: { location: `${incoming.origin}/image/v2/images/${image.id}` } }
}
