/** The body of `POST /servers` and what it needs of the cloud. */

import { NotValidError, type Secret } from 'cloud-environs'
import { compareMicroversions, type Microversion } from '../service/microversion.ts'
import type { DiskConfig } from './actions.ts'
import { revealed } from './passwords.ts'
import {
  checkHostname,
  checkMetadata,
  checkName,
  checkTag,
  checkTags,
  checkText,
  checkUserData,
} from './server-input.ts'
import { allOf, EVERY_VERSION, since, type VersionRanges } from './version-range.ts'

/** One network card of a new server: a network to make a port in, or a port made before. */
export interface ServerNetwork {
  /** Id of a network; Nova makes the port, and deletes it with the server. */
  readonly network?: string | undefined
  /** Id of an existing port; it stays its maker's to delete. */
  readonly port?: string | undefined
  /** A fixed address, only together with `network`. */
  readonly fixedIp?: string | undefined
  /** Needs microversion 2.42, or 2.32 to 2.36. */
  readonly tag?: string | undefined
}

/** A disk of a new server (Nova: `block_device_mapping_v2`). */
export interface ServerBlockDevice {
  readonly sourceType: 'volume' | 'image' | 'snapshot' | 'blank'
  readonly destinationType?: 'local' | 'volume' | undefined
  /** Id of the source; absent for `blank`. */
  readonly uuid?: string | undefined
  /** 0 is the disk to boot from, -1 or absent is none. */
  readonly bootIndex?: number | undefined
  /** GiB. */
  readonly volumeSize?: number | undefined
  /** From microversion 2.67. */
  readonly volumeType?: string | undefined
  readonly deleteOnTermination?: boolean | undefined
  /** Most hypervisors choose themselves. */
  readonly deviceName?: string | undefined
  /** `disk`, `cdrom`, `floppy` or `lun`. */
  readonly deviceType?: string | undefined
  /** `virtio`, `scsi`, `ide`, ... */
  readonly diskBus?: string | undefined
  /** `swap` makes a blank local disk the swap space; else a file system. */
  readonly guestFormat?: string | undefined
  /** Needs microversion 2.42, or 2.32. */
  readonly tag?: string | undefined
  /** Leaves out a device that the image would bring. */
  readonly noDevice?: boolean | undefined
}

/** A file put into a new server. */
export interface Personality {
  /** Where in the guest, up to 255 characters. */
  readonly path: string
  /** Base64 already. */
  readonly contents: string
}

/** Wishes for the host. Clouds whose scheduler lacks the filter ignore them; operators may add others. */
export interface SchedulerHints {
  /** Not with these servers, by id. */
  readonly differentHost?: string | readonly string[] | undefined
  /** With these servers, by id. */
  readonly sameHost?: string | readonly string[] | undefined
  /** A condition in the scheduler's JSON. */
  readonly query?: string | undefined
  readonly targetCell?: string | undefined
  readonly differentCell?: readonly string[] | undefined
  /** An address near which to build, together with `cidr`. */
  readonly buildNearHostIp?: string | undefined
  /** `/24` */
  readonly cidr?: string | undefined
  /** Hints of this cloud's own, under their wire names. */
  readonly others?: Readonly<Record<string, unknown>> | undefined
}

/** What a new server shall be. */
export interface CreateServer {
  /** 1 to 255 characters. Not unique. */
  readonly name: string
  /** Id of the flavor. */
  readonly flavor: string
  /** Id of the image; absent when `blockDevices` says what to boot from. */
  readonly image?: string | undefined
  /**
   * Network cards, or `none`, or `auto` to leave it to the cloud. Absent means `auto`; with several networks in the
   * project the cloud then refuses with a `ConflictError`.
   */
  readonly networks?: readonly ServerNetwork[] | 'auto' | 'none' | undefined
  /** Names or ids. Ignored for ports that exist already. Absent means the group `default`. */
  readonly securityGroups?: readonly string[] | undefined
  /** Name of a key pair of the calling user. */
  readonly keyName?: string | undefined
  /** Administrators may write `zone:host`, too. */
  readonly availabilityZone?: string | undefined
  /** A host to be on. Administrators only. Needs microversion 2.74. */
  readonly host?: string | undefined
  /** A node to be on. Administrators only. Needs microversion 2.74. */
  readonly hypervisorHostname?: string | undefined
  /** Base64 already, at most 65,535 characters of it. It is sent as given and never encoded again. */
  readonly userData?: string | undefined
  readonly configDrive?: boolean | undefined
  /** Default: the cloud makes one up. */
  readonly adminPassword?: string | Secret | undefined
  /** Where the server is reached, as far as the caller knows. */
  readonly accessIpv4?: string | undefined
  readonly accessIpv6?: string | undefined
  readonly diskConfig?: DiskConfig | undefined
  /** Up to microversion 2.56; mostly 5 files of 10 KiB. Use `userData`. */
  readonly personality?: readonly Personality[] | undefined
  /** Keys and values up to 255 characters, by default at most 128 of them. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  readonly blockDevices?: readonly ServerBlockDevice[] | undefined
  /** Needs microversion 2.19. */
  readonly description?: string | undefined
  /** At most 50, each up to 60 characters without `/` and `,`. Needs microversion 2.52. */
  readonly tags?: readonly string[] | undefined
  /** Ids of certificates that may have signed the image. Needs microversion 2.63. */
  readonly trustedImageCertificates?: readonly string[] | undefined
  /** Needs microversion 2.90, and 2.94 with a domain. */
  readonly hostname?: string | undefined
  /** Id of a server group to place the server in. */
  readonly serverGroup?: string | undefined
  readonly schedulerHints?: SchedulerHints | undefined
}

/** How many servers of one kind; their names get `-1`, `-2`, … . */
export interface ServerCount {
  /** At least so many or none, default 1. */
  readonly minCount?: number | undefined
  /** So many if the quota allows, default `minCount`. */
  readonly maxCount?: number | undefined
}

/** The answer to a create: only the id is known yet, and the password when the cloud sets one. */
export interface CreatedServer {
  readonly id: string
  readonly adminPassword?: Secret | undefined
}

/** The microversions for what is asked: most creates need none. */
export function versionsForCreate(create: CreateServer): VersionRanges {
  const { networks, blockDevices = [], hostname } = create
  const cards = Array.isArray(networks) ? (networks as readonly ServerNetwork[]) : []
  const needs: [boolean, VersionRanges][] = [
    [hostname !== undefined, since(hostname?.includes('.') ? '2.94' : '2.90')],
    [create.host !== undefined || create.hypervisorHostname !== undefined, since('2.74')],
    [blockDevices.some(({ volumeType }) => volumeType !== undefined), since('2.67')],
    [create.trustedImageCertificates !== undefined, since('2.63')],
    [create.personality !== undefined, [{ to: '2.56' }]],
    [create.tags !== undefined, since('2.52')],
    [cards.some(({ tag }) => tag !== undefined), [{ from: '2.42' }, { from: '2.32', to: '2.36' }]],
    [blockDevices.some(({ tag }) => tag !== undefined), [{ from: '2.42' }, { from: '2.32', to: '2.32' }]],
    [networks === 'none', since('2.37')],
    [create.description !== undefined, since('2.19')],
  ]
  return allOf(needs.map(([needed, ranges]) => (needed ? ranges : EVERY_VERSION)))
}

/** @throws NotValidError for what no cloud takes */
export function checkCreate(
  create: CreateServer,
  { minCount = 1, maxCount = minCount }: ServerCount = {},
): void {
  checkName('a server', create.name)
  checkMetadata(create.metadata)
  checkUserData(create.userData)
  checkTags(create.tags)
  checkText('description', create.description)
  for (const { tag } of create.blockDevices ?? []) if (tag !== undefined) checkTag(tag)
  checkHostname(create.hostname)
  checkNetworks(create.networks)
  if (
    !Number.isSafeInteger(minCount) ||
    !Number.isSafeInteger(maxCount) ||
    minCount < 1 ||
    maxCount < minCount
  ) {
    throw new NotValidError(`cannot create ${String(minCount)} to ${String(maxCount)} servers`)
  }
  if (maxCount > 1 && create.hostname !== undefined) {
    throw new NotValidError('several servers cannot have one hostname', { hint: 'leave it to the cloud' })
  }
}

function checkNetworks(networks: CreateServer['networks']): void {
  if (networks === undefined || networks === 'auto' || networks === 'none') return
  if (!Array.isArray(networks)) {
    throw new NotValidError(`${JSON.stringify(networks)} is not what networks can be`, {
      hint: "give a list, 'auto' or 'none'",
    })
  }
  for (const { network, port, fixedIp, tag } of networks as readonly ServerNetwork[]) {
    if (tag !== undefined) checkTag(tag)
    // Nova would pass over the network beside a port, and a card of neither.
    if (port === undefined ? network !== undefined : network === undefined && fixedIp === undefined) continue
    throw new NotValidError(
      'a network card is for a port, or for a network and perhaps a fixed address of it',
    )
  }
}

/** The wire form. Keys without a value drop out when it becomes JSON. */
export function createServerBody(
  create: CreateServer,
  microversion: Microversion,
  count?: ServerCount,
): unknown {
  const hints = hintsOf(create)
  return {
    server: {
      name: create.name,
      flavorRef: create.flavor,
      imageRef: create.image,
      networks: networksOf(create.networks, microversion),
      security_groups: create.securityGroups?.map((name) => ({ name })),
      key_name: create.keyName,
      availability_zone: create.availabilityZone,
      user_data: create.userData,
      config_drive: create.configDrive,
      metadata: create.metadata,
      block_device_mapping_v2: create.blockDevices?.map((device) => ({
        source_type: device.sourceType,
        destination_type: device.destinationType,
        uuid: device.uuid,
        boot_index: device.bootIndex,
        volume_size: device.volumeSize,
        volume_type: device.volumeType,
        delete_on_termination: device.deleteOnTermination,
        device_name: device.deviceName,
        device_type: device.deviceType,
        disk_bus: device.diskBus,
        guest_format: device.guestFormat,
        tag: device.tag,
        no_device: device.noDevice,
      })),
      description: create.description,
      tags: create.tags,
      hostname: create.hostname,
      host: create.host,
      hypervisor_hostname: create.hypervisorHostname,
      adminPass: revealed(create.adminPassword),
      accessIPv4: create.accessIpv4,
      accessIPv6: create.accessIpv6,
      'OS-DCF:diskConfig': create.diskConfig,
      personality: personalityBody(create.personality),
      trusted_image_certificates: create.trustedImageCertificates,
      min_count: count?.minCount,
      max_count: count?.maxCount,
      return_reservation_id: count === undefined ? undefined : true,
    },
    ...(Object.values(hints).some((hint) => hint !== undefined) ? { 'os:scheduler_hints': hints } : {}),
  }
}

/** The wire form of injected files. */
export function personalityBody(files: readonly Personality[] | undefined): unknown {
  return files?.map(({ path, contents }) => ({ path, contents }))
}

function hintsOf({ serverGroup, schedulerHints = {} }: CreateServer): Record<string, unknown> {
  return {
    group: serverGroup,
    different_host: schedulerHints.differentHost,
    same_host: schedulerHints.sameHost,
    query: schedulerHints.query,
    target_cell: schedulerHints.targetCell,
    different_cell: schedulerHints.differentCell,
    build_near_host_ip: schedulerHints.buildNearHostIp,
    cidr: schedulerHints.cidr,
    ...schedulerHints.others,
  }
}

/** Leaving `networks` out means "the cloud decides", which is spelled `auto` from 2.37 on, where it is mandatory. */
function networksOf(networks: CreateServer['networks'], microversion: Microversion): unknown {
  const mandatory = compareMicroversions(microversion, '2.37') >= 0
  if (networks === undefined || networks === 'auto') return mandatory ? 'auto' : undefined
  if (networks === 'none') return networks
  return networks.map(({ network, port, fixedIp, tag }) => ({ uuid: network, port, fixed_ip: fixedIp, tag }))
}
