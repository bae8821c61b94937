/** The body of `POST /servers` and what it needs of the cloud. */

import { compareMicroversions, type Microversion } from '../service/microversion.ts'

/** One network card of a new server: a network to make a port in, or a port made before. */
export interface ServerNetwork {
  /** Id of a network; Nova makes the port, and deletes it with the server. */
  readonly network?: string | undefined
  /** Id of an existing port; it stays its maker's to delete. */
  readonly port?: string | undefined
  /** A fixed address, only together with `network`. */
  readonly fixedIp?: string | undefined
  /** From microversion 2.42. */
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
  readonly availabilityZone?: string | undefined
  /** Base64 already, at most 65,535 characters of it. It is sent as given and never encoded again. */
  readonly userData?: string | undefined
  readonly configDrive?: boolean | undefined
  /** Keys and values up to 255 characters, by default at most 128 of them. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  readonly blockDevices?: readonly ServerBlockDevice[] | undefined
  /** Needs microversion 2.19. */
  readonly description?: string | undefined
  /** At most 50, each up to 60 characters without `/` and `,`. Needs microversion 2.52. */
  readonly tags?: readonly string[] | undefined
  /** Needs microversion 2.90. */
  readonly hostname?: string | undefined
  /** Id of a server group to place the server in. */
  readonly serverGroup?: string | undefined
}

/** The answer to a create: only the id is known yet, and the password when the cloud sets one. */
export interface CreatedServer {
  readonly id: string
}

/** The lowest microversion for what is asked: most creates need none. */
export function microversionForCreate(create: CreateServer): Microversion {
  const needs: [boolean, Microversion][] = [
    [create.hostname !== undefined, '2.90'],
    [create.blockDevices?.some((device) => device.volumeType !== undefined) ?? false, '2.67'],
    [create.tags !== undefined, '2.52'],
    [Array.isArray(create.networks) && create.networks.some(({ tag }) => tag !== undefined), '2.42'],
    [create.networks === 'none', '2.37'],
    [create.description !== undefined, '2.19'],
  ]
  return needs.find(([needed]) => needed)?.[1] ?? '2.1'
}

/** The wire form. Keys without a value drop out when it becomes JSON. */
export function createServerBody(create: CreateServer, microversion: Microversion): unknown {
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
      })),
      description: create.description,
      tags: create.tags,
      hostname: create.hostname,
    },
    ...(create.serverGroup === undefined ? {} : { 'os:scheduler_hints': { group: create.serverGroup } }),
  }
}

/** Leaving `networks` out means "the cloud decides", which is spelled `auto` from 2.37 on, where it is mandatory. */
function networksOf(networks: CreateServer['networks'], microversion: Microversion): unknown {
  const mandatory = compareMicroversions(microversion, '2.37') >= 0
  if (networks === undefined || networks === 'auto') return mandatory ? 'auto' : undefined
  if (networks === 'none') return networks
  return networks.map(({ network, port, fixedIp, tag }) => ({ uuid: network, port, fixed_ip: fixedIp, tag }))
}
