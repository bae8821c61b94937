import { createHash } from 'node:crypto'
import type { Access } from '../access.ts'
import type { JsonObject } from '../json.ts'
import { parseAddress } from '../neutron/addresses.ts'
import { micro, zulu } from '../time.ts'
import type { Flavor } from './flavor.ts'
import { type Server, statusOf } from './server.ts'
import type { ComputeState } from './state.ts'

/** How an answer is to be written. */
export interface Style {
  readonly access: Access
  /** Minor microversion. */
  readonly minor: number
  /** Of the links: `http://…/compute/v2.1`. */
  readonly base: string
}

export function links(base: string, collection: string, id: string): JsonObject[] {
  return [{ rel: 'self', href: `${base}/${collection}/${id}` }, bookmark(base, collection, id)]
}

function bookmark(base: string, collection: string, id: string): JsonObject {
  return { rel: 'bookmark', href: `${base.replace(/\/v2\.1$/, '')}/${collection}/${id}` }
}

export function briefView(server: Server, { base }: Style): JsonObject {
  return { id: server.id, name: server.name, links: links(base, 'servers', server.id) }
}

const WITH_PROGRESS = ['ACTIVE', 'BUILD', 'REBUILD', 'RESIZE', 'VERIFY_RESIZE', 'MIGRATING']

/** A server in full. `single`: not as one of a list. */
export function serverView(state: ComputeState, server: Server, style: Style, single: boolean): JsonObject {
  const { access, minor } = style
  const groups = groupNames(state, server)
  return {
    ...coreView(state, server, style, true),
    'OS-EXT-AZ:availability_zone': server.zone,
    config_drive: server.configDrive ? 'True' : '',
    key_name: server.keyName,
    'OS-SRV-USG:launched_at': server.launched === undefined ? null : micro(server.launched),
    'OS-SRV-USG:terminated_at': server.terminated === undefined ? null : micro(server.terminated),
    ...(groups.length > 0 && { security_groups: groups.map((name) => ({ name })) }),
    ...(access.isAdmin && adminView(state, server, minor)),
    'OS-EXT-STS:task_state': server.taskState,
    'OS-EXT-STS:vm_state': server.vmState,
    'OS-EXT-STS:power_state': server.powerState,
    'os-extended-volumes:volumes_attached': server.volumes.map(({ id, deleteOnTermination }) => ({
      id,
      ...(minor >= 3 && { delete_on_termination: deleteOnTermination }),
    })),
    ...(minor >= 90 && { 'OS-EXT-SRV-ATTR:hostname': server.hostname }),
    ...(minor >= 71 && single && { server_groups: groupIds(state, server) }),
  }
}

/** What an update or a rebuild answers with: before 2.75 not the whole view. */
export function updatedView(state: ComputeState, server: Server, style: Style): JsonObject {
  if (style.minor >= 75) return serverView(state, server, style, true)
  return {
    ...coreView(state, server, style, false),
    ...(style.minor >= 71 && { server_groups: groupIds(state, server) }),
  }
}

/** The server group that the server is in, if it is in one. */
function groupIds(state: ComputeState, server: Server): string[] {
  const group = state.serverGroups.groupOf(server)
  return group ? [group.id] : []
}

/** The part of the view that every answer has. */
function coreView(state: ComputeState, server: Server, style: Style, extended: boolean): JsonObject {
  const { base, minor, access } = style
  const status = statusOf(server)
  const image = server.imageId
  return {
    id: server.id,
    name: server.name,
    status,
    tenant_id: server.projectId,
    user_id: server.userId,
    metadata: server.metadata,
    hostId: hostId(server.projectId, server.host),
    image: image === undefined ? '' : { id: image, links: [bookmark(base, 'images', image)] },
    flavor: flavorView(server.flavor, minor, base),
    created: zulu(server.created),
    updated: zulu(server.updated),
    addresses: addressesOf(state, server, extended),
    accessIPv4: server.accessIPv4,
    accessIPv6: server.accessIPv6,
    links: links(base, 'servers', server.id),
    'OS-DCF:diskConfig': server.diskConfig,
    ...(WITH_PROGRESS.includes(status) && { progress: 0 }),
    ...(server.fault &&
      (status === 'ERROR' || status === 'DELETED') && {
        fault: {
          code: server.fault.code,
          created: zulu(server.fault.created),
          message: server.fault.message,
          ...(access.isAdmin && { details: server.fault.message }),
        },
      }),
    ...(minor >= 9 && { locked: server.locked }),
    ...(minor >= 73 && { locked_reason: server.lockedReason }),
    ...(minor >= 19 && { description: server.description }),
    ...(minor >= 26 && { tags: server.tags }),
    ...(minor >= 63 && { trusted_image_certificates: null }),
  }
}

function adminView(state: ComputeState, server: Server, minor: number): JsonObject {
  return {
    'OS-EXT-SRV-ATTR:host': server.host ?? null,
    'OS-EXT-SRV-ATTR:instance_name': `instance-${server.serial.toString(16).padStart(8, '0')}`,
    'OS-EXT-SRV-ATTR:hypervisor_hostname': server.host ?? null,
    ...(minor >= 3 && {
      'OS-EXT-SRV-ATTR:reservation_id': server.reservationId,
      'OS-EXT-SRV-ATTR:launch_index': server.launchIndex,
      'OS-EXT-SRV-ATTR:hostname': server.hostname,
      'OS-EXT-SRV-ATTR:kernel_id': '',
      'OS-EXT-SRV-ATTR:ramdisk_id': '',
      'OS-EXT-SRV-ATTR:root_device_name': '/dev/vda',
      'OS-EXT-SRV-ATTR:user_data': server.userData,
    }),
    ...(minor >= 16 && { host_status: hostStatus(state, server) }),
  }
}

function hostStatus(state: ComputeState, server: Server): string {
  const host = state.hosts.named(server.host)
  if (!host) return ''
  if (host.forcedDown) return 'DOWN'
  return host.disabled ? 'MAINTENANCE' : 'UP'
}

/** The same for all servers of a project on one host, and tells nothing of the host. */
export function hostId(projectId: string, host: string | undefined): string {
  if (host === undefined) return ''
  return createHash('sha224').update(`${projectId}${host}`).digest('hex')
}

function flavorView(flavor: Flavor, minor: number, base: string): JsonObject {
  if (minor < 47) return { id: flavor.id, links: [bookmark(base, 'flavors', flavor.id)] }
  return {
    vcpus: flavor.vcpus,
    ram: flavor.ram,
    disk: flavor.disk,
    ephemeral: flavor.ephemeral,
    swap: flavor.swap,
    original_name: flavor.name,
    extra_specs: flavor.extraSpecs,
  }
}

/** Addresses by network name. A server that is still being built has none yet. */
export function addressesOf(
  state: ComputeState,
  server: Server,
  extended: boolean,
): Record<string, JsonObject[]> {
  const addresses: Record<string, JsonObject[]> = {}
  if (server.vmState === 'building') return addresses
  for (const port of state.network.portsOfDevice(server.id)) {
    const label = state.network.networks.get(port.network_id)?.name ?? port.network_id
    const entries = (addresses[label] ??= [])
    const entry = (addr: string, type: 'fixed' | 'floating') => ({
      version: parseAddress(addr)?.version ?? 4,
      addr,
      ...(extended && { 'OS-EXT-IPS:type': type, 'OS-EXT-IPS-MAC:mac_addr': port.mac_address }),
    })
    for (const { ip_address: fixed } of port.fixed_ips) {
      entries.push(entry(fixed, 'fixed'))
      for (const floatingIp of state.network.floatingIpsOf(port.id)) {
        if (floatingIp.fixed_ip_address !== fixed) continue
        entries.push(entry(floatingIp.floating_ip_address, 'floating'))
      }
    }
  }
  return addresses
}

/** Names of the groups of a server's ports; before there are ports, none. */
function groupNames(state: ComputeState, server: Server): string[] {
  const ids = new Set(state.network.portsOfDevice(server.id).flatMap((port) => port.security_groups))
  return [...ids].map((id) => state.network.securityGroups.get(id)?.name ?? id)
}
