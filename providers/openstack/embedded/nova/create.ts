import { randomBytes, randomUUID } from 'node:crypto'
import type { Access } from '../access.ts'
import type { Image } from '../glance/images.ts'
import { isList, isObject, isText, type JsonObject, objectAt } from '../json.ts'
import { admit, admitToGroup } from './admission.ts'
import { reserve } from './attached-volumes.ts'
import { type BlockDevice, bootImage, checkBlockDevices, readBlockDevices, rootOf } from './block-devices.ts'
import type { Call } from './call.ts'
import { createSchema } from './create-schema.ts'
import { novaError, notAllowed } from './errors.ts'
import type { Flavor } from './flavor.ts'
import { build } from './lifecycle.ts'
import { exceeds } from './quota.ts'
import { readGroups, readNetworks } from './requested-networks.ts'
import { isTrue, validate } from './schema.ts'
import type { AttachedVolume, NewVolume, RequestedNetwork, Server } from './server.ts'
import type { ServerGroup } from './server-group.ts'
import type { ComputeState } from './state.ts'

export interface Created {
  readonly servers: readonly Server[]
  readonly adminPass: string
  readonly reservationId: string
  /** The body asked for the reservation's id only. */
  readonly reservationOnly: boolean
  /** As they were named in the request. */
  readonly groups: readonly string[]
}

/** POST /servers: checks the whole request, then sets the builds going. */
export function createServers({ state, access, minor, requestId }: Call, body: unknown): Created {
  validate(createSchema(minor), body)
  const given = objectAt(body, 'server') ?? {}
  const zone = readZone(state, access, given.availability_zone)
  const { min, max } = readCounts(given)
  const networks = given.networks
  const flavor = readFlavor(state, access, given.flavorRef)
  const image = readImage(state, access, given)
  const devices = readBlockDevices(given)
  if (devices.length === 0 && !image) throw novaError(400, 'Missing imageRef attribute')
  if (max > 1 && devices.some(({ source }) => source === 'volume')) {
    throw novaError(400, 'Cannot attach one or more volumes to multiple instances')
  }
  const root = rootOf(devices)
  const volumeBacked = root?.toVolume === true
  const bootsImage = image ?? bootImage(state, access, devices)
  // Nova takes only a destination that is said for one.
  if (flavor.disk === 0 && !(volumeBacked && root.explicit)) {
    throw novaError(403, 'Only volume-backed servers are allowed for flavors with zero disk.')
  }
  if (bootsImage) checkImage(bootsImage, flavor, volumeBacked)
  const keyName = readKey(state, access, given.key_name)
  const metadata = readMetadata(state, access, given.metadata)
  if (isText(given.hostname) && max > 1) {
    throw novaError(400, 'Unable to allocate a single hostname to multiple instances')
  }
  const groups = readGroups(state, access, given.security_groups)
  const wanted = readNetworks(state, access, networks)
  checkMany(wanted, max)
  const group = readGroup(state, access, body)
  checkBlockDevices(state, access, minor, flavor, devices)
  const count = admit(state, access, flavor, wanted, min, max)
  if (group) admitToGroup(state, access, group, count)
  const volumes = reserveAll(state, access, devices, requestId)
  const reservationId = `r-${randomBytes(4).toString('hex')}`
  const name = String(given.name)
  const servers = Array.from({ length: count }, (_, index): Server => {
    const serverName = max > 1 ? `${name}-${index + 1}` : name
    const id = randomUUID()
    const now = Date.now()
    return {
      id,
      serial: state.nextSerial(),
      projectId: access.projectId,
      userId: access.user.id,
      flavor,
      imageId: volumeBacked ? undefined : image?.id,
      architecture: architectureOf(bootsImage),
      reservationId,
      launchIndex: index,
      userData: isText(given.user_data) ? given.user_data : null,
      keyName,
      configDrive: isTrue(given.config_drive),
      requestedZone: zone,
      requestedNetworks: wanted,
      requestedGroups: groups,
      created: now,
      volumes,
      newVolumes: devices.flatMap(newVolume),
      groupId: group?.id,
      plannedFault: state.plannedFaults.shift(),
      diskConfig: isText(given['OS-DCF:diskConfig']) ? given['OS-DCF:diskConfig'] : 'MANUAL',
      name: serverName,
      description: descriptionOf(given, minor, serverName),
      hostname: isText(given.hostname) ? given.hostname : hostnameOf(serverName, id),
      metadata: { ...metadata },
      tags: isList(given.tags) ? [...new Set(given.tags.filter(isText))] : [],
      accessIPv4: isText(given.accessIPv4) ? given.accessIPv4 : '',
      accessIPv6: isText(given.accessIPv6) ? given.accessIPv6 : '',
      zone: zone ?? '',
      host: undefined,
      vmState: 'building',
      taskState: 'scheduling',
      powerState: 0,
      updated: now,
      launched: undefined,
      terminated: undefined,
      fault: undefined,
      locked: false,
      lockedReason: null,
      ownPorts: new Set(),
      portTags: new Map(),
    }
  })
  for (const server of servers) {
    state.servers.set(server.id, server)
    group?.servers.push(server)
    build(state, access, server)
  }
  const named = isList(given.security_groups) ? given.security_groups.filter(isObject) : []
  return {
    servers,
    adminPass: isText(given.adminPass) ? given.adminPass : randomBytes(9).toString('base64url'),
    reservationId,
    reservationOnly: isTrue(given.return_reservation_id),
    groups: named.length > 0 ? named.map(({ name: group }) => String(group)) : ['default'],
  }
}

function readZone(state: ComputeState, access: Access, given: unknown): string | undefined {
  if (!isText(given)) return undefined
  const [zone = '', ...host] = given.split(':')
  if (host.length > 0 && !access.isAdmin) throw notAllowed('servers:create:forced_host')
  if (!state.hosts.zones.includes(zone)) {
    throw novaError(400, 'The requested availability zone is not available')
  }
  return zone
}

function readCounts(given: JsonObject): { min: number; max: number } {
  const min = Number(given.min_count ?? 1)
  const max = Number(given.max_count ?? min)
  if (min > max) throw novaError(400, 'min_count must be <= max_count')
  return { min, max }
}

function readFlavor(state: ComputeState, access: Access, given: unknown): Flavor {
  const id = String(given).split('/').at(-1) ?? ''
  const flavor = state.flavors.get(id)
  if (!flavor || (!flavor.isPublic && !access.isAdmin)) {
    throw novaError(400, `Flavor ${id} could not be found.`)
  }
  return flavor
}

function readImage(state: ComputeState, access: Access, given: JsonObject): Image | undefined {
  if (!isText(given.imageRef) || given.imageRef === '') return undefined
  const image = state.images.visible(given.imageRef, access)
  if (!image) throw novaError(400, 'Can not find requested image')
  return image
}

/** Refuses an image that is not there yet, or larger than the flavor. */
export function checkImage(image: Image, flavor: Flavor, volumeBacked: boolean): void {
  if (image.status !== 'active') throw novaError(400, `Image ${image.id} is not active.`)
  if (flavor.ram < image.min_ram) {
    throw novaError(400, "Flavor's memory is too small for requested image.")
  }
  if (!volumeBacked && flavor.disk < image.min_disk) {
    const [have, need] = [flavor.disk, image.min_disk].map((gib) => gib * 1_073_741_824)
    throw novaError(
      400,
      `Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is ${have} bytes, minimum size is ${need} bytes.`,
    )
  }
}

/** The name of a key pair of the user. */
export function readKey(state: ComputeState, access: Access, given: unknown): string | null {
  if (!isText(given)) return null
  if (!state.keypairsOf(access.user.id).has(given)) throw novaError(400, 'Invalid key_name provided.')
  return given
}

/** The metadata of a request, within the quota. */
export function readMetadata(state: ComputeState, access: Access, given: unknown): Record<string, string> {
  const metadata = (isObject(given) ? given : {}) as Record<string, string>
  const allowed = state.quotasOf(access.projectId).metadata_items
  if (exceeds(Object.keys(metadata).length, allowed)) {
    throw novaError(403, `Maximum number of metadata items exceeds ${allowed}`)
  }
  return metadata
}

/** The server group of the scheduler's hints. */
function readGroup(state: ComputeState, access: Access, body: unknown): ServerGroup | undefined {
  const hints = objectAt(body, 'os:scheduler_hints') ?? objectAt(body, 'OS-SCH-HNT:scheduler_hints')
  if (!isText(hints?.group)) return undefined
  const group = state.serverGroups.get(hints.group)
  if (group && (access.isAdmin || group.projectId === access.projectId)) return group
  throw novaError(400, `Instance group ${hints.group} could not be found.`)
}

/** Keeps the volumes that are there already: all of them, or none. */
function reserveAll(
  state: ComputeState,
  { projectId }: Access,
  devices: readonly BlockDevice[],
  requestId: string,
): AttachedVolume[] {
  const reserved: AttachedVolume[] = []
  try {
    for (const device of devices) {
      if (device.source !== 'volume') continue
      const root = device.bootIndex === 0
      reserved.push(reserve(state, projectId, device.uuid, { ...device, root }, requestId))
    }
    return reserved
  } catch (error) {
    for (const { id } of reserved) state.volumes.detach(id, '')
    throw error
  }
}

function newVolume({ source, toVolume, uuid, bootIndex, ...device }: BlockDevice): NewVolume[] {
  if (!toVolume || source === 'volume') return []
  return [{ ...device, imageId: source === 'image' ? uuid : undefined, root: bootIndex === 0 }]
}

function checkMany(wanted: readonly RequestedNetwork[], max: number): void {
  if (max === 1) return
  if (wanted.some(({ fixedIp }) => fixedIp !== undefined)) {
    throw novaError(
      400,
      'Failed to launch instances: max_count cannot be greater than 1 if an fixed_ip is specified.',
    )
  }
  const port = wanted.find(({ portId }) => portId !== undefined)
  if (port) {
    throw novaError(
      400,
      'Failed to launch multiple instances with a single port ID. Create only one at a time when using ports.',
    )
  }
}

function architectureOf(image: Image | undefined): string | undefined {
  const architecture = image?.properties.get('architecture')
  return isText(architecture) ? architecture : undefined
}

function descriptionOf(given: JsonObject, minor: number, name: string): string | null {
  // Before 2.19 the name doubles as the description.
  if (minor < 19) return name
  return isText(given.description) ? given.description : null
}

/** Nova's default host name. */
function hostnameOf(name: string, id: string): string {
  const label = name
    .toLowerCase()
    .replace(/[ _.]/g, '-')
    .replace(/[^a-z0-9-]/g, '')
    .slice(0, 63)
    .replace(/^[-.]+|[-.]+$/g, '')
  return label === '' ? `Server-${id}` : label
}
