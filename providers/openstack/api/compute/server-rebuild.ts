/** The body of the action `rebuild`. */

import type { Secret } from 'cloud-environs'
import type { CallOptions } from '../service/options.ts'
import { fieldOf, readOne } from '../service/read.ts'
import type { DiskConfig } from './actions.ts'
import { passwordOf, revealed } from './passwords.ts'
import { type Server, serverSchema } from './server.ts'
import { type Personality, personalityBody } from './server-create.ts'
import { checkHostname, checkMetadata, checkName, checkText, checkUserData } from './server-input.ts'
import type { Operations } from './server-operation.ts'
import { allOf, EVERY_VERSION, since, type VersionRanges } from './version-range.ts'

/** What a server becomes. What is left out stays as it is. */
export interface RebuildServer {
  /** Id of the image. */
  readonly image: string
  readonly name?: string | undefined
  /** Default: the cloud makes one up. */
  readonly adminPassword?: string | Secret | undefined
  /** Replaces all of it. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  readonly accessIpv4?: string | undefined
  readonly accessIpv6?: string | undefined
  readonly diskConfig?: DiskConfig | undefined
  /** Keeps the ephemeral disk; few hypervisors can. */
  readonly preserveEphemeral?: boolean | undefined
  /** Up to microversion 2.56. */
  readonly personality?: readonly Personality[] | undefined
  /** `null` removes it. Needs microversion 2.19. */
  readonly description?: string | null | undefined
  /** `null` removes it. Needs microversion 2.54. */
  readonly keyName?: string | null | undefined
  /** Base64; `null` removes it. Needs microversion 2.57. */
  readonly userData?: string | null | undefined
  /** `null` removes them. Needs microversion 2.63. */
  readonly trustedImageCertificates?: readonly string[] | null | undefined
  /** Needs microversion 2.90, and 2.94 with a domain. */
  readonly hostname?: string | undefined
  /** Says that the server boots from a volume whose content is to be lost. Needs microversion 2.93. */
  readonly reimageBootVolume?: boolean | undefined
}

/** A server that is being rebuilt, with its password when the cloud sets one. */
export interface RebuiltServer extends Server {
  readonly adminPassword?: Secret | undefined
}

/** Calls that make a server anew. */
export interface ServerRebuild {
  /** Makes the server's disk anew from an image; address and id stay: `REBUILD`, then `ACTIVE` or `SHUTOFF`. */
  rebuild(id: string, rebuild: RebuildServer, options?: CallOptions): Promise<RebuiltServer>
}

function versionsOf(rebuild: RebuildServer): VersionRanges {
  const { personality, description, keyName, userData, trustedImageCertificates, hostname } = rebuild
  const needs: [boolean, VersionRanges][] = [
    [personality !== undefined, [{ to: '2.56' }]],
    [description !== undefined, since('2.19')],
    [keyName !== undefined, since('2.54')],
    [userData !== undefined, since('2.57')],
    [trustedImageCertificates !== undefined, since('2.63')],
    [hostname !== undefined, since(hostname?.includes('.') ? '2.94' : '2.90')],
    [rebuild.reimageBootVolume === true, since('2.93')],
  ]
  return allOf(needs.map(([needed, ranges]) => (needed ? ranges : EVERY_VERSION)))
}

/** See {@link ServerRebuild}. */
export const serverRebuild: Operations<ServerRebuild> = {
  rebuild: {
    inputs: 1,
    operation: 'rebuild',
    check: ([{ name, metadata, userData, description, hostname }]) => {
      if (name !== undefined) checkName('a server', name)
      checkMetadata(metadata)
      checkUserData(userData)
      checkText('description', description)
      checkHostname(hostname)
    },
    versions: ([rebuild]) => versionsOf(rebuild),
    body: ([rebuild]) => ({
      rebuild: {
        imageRef: rebuild.image,
        name: rebuild.name,
        adminPass: revealed(rebuild.adminPassword),
        metadata: rebuild.metadata,
        accessIPv4: rebuild.accessIpv4,
        accessIPv6: rebuild.accessIpv6,
        'OS-DCF:diskConfig': rebuild.diskConfig,
        preserve_ephemeral: rebuild.preserveEphemeral,
        personality: personalityBody(rebuild.personality),
        description: rebuild.description,
        key_name: rebuild.keyName,
        user_data: rebuild.userData,
        trusted_image_certificates: rebuild.trustedImageCertificates,
        hostname: rebuild.hostname,
      },
    }),
    read: ({ json }, { resource }) => ({
      ...readOne(json, 'server', serverSchema(), resource),
      adminPassword: passwordOf(fieldOf(json, 'server')),
    }),
  },
}
