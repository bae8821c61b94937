/** Attributes of a server that are changed in place. */

import { NotValidError } from 'cloud-environs'
import type { CallOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import type { DiskConfig } from './actions.ts'
import { type Server, serverSchema } from './server.ts'
import { checkHostname, checkName, checkText } from './server-input.ts'
import type { Operations } from './server-operation.ts'
import { allOf, EVERY_VERSION, since, type VersionRanges } from './version-range.ts'

/** What an update may change; what is left out stays. */
export interface UpdateServer {
  readonly name?: string | undefined
  readonly accessIpv4?: string | undefined
  readonly accessIpv6?: string | undefined
  readonly diskConfig?: DiskConfig | undefined
  /** `null` removes it. Needs microversion 2.19. */
  readonly description?: string | null | undefined
  /** The guest hears nothing of it. Needs microversion 2.90, and 2.94 with a domain. */
  readonly hostname?: string | undefined
  /** The zone the server is in, to keep it there, or `null` to let it go. Needs microversion 2.104. */
  readonly pinnedAvailabilityZone?: string | null | undefined
}

/** The call that changes attributes. */
export interface ServerUpdate {
  /** Changes what is given, at least one thing. @throws NotFoundError */
  update(id: string, update: UpdateServer, options?: CallOptions): Promise<Server>
}

function versionsOf({ description, hostname, pinnedAvailabilityZone }: UpdateServer): VersionRanges {
  return allOf([
    description === undefined ? EVERY_VERSION : since('2.19'),
    hostname === undefined ? EVERY_VERSION : since(hostname.includes('.') ? '2.94' : '2.90'),
    pinnedAvailabilityZone === undefined ? EVERY_VERSION : since('2.104'),
  ])
}

/** See {@link ServerUpdate}. */
export const serverUpdate: Operations<ServerUpdate> = {
  update: {
    inputs: 1,
    method: 'PUT',
    path: '',
    operation: 'update',
    check: ([update]) => {
      if (update.name !== undefined) checkName('a server', update.name)
      checkText('description', update.description)
      checkHostname(update.hostname)
      if (Object.values(update).some((value) => value !== undefined)) return
      throw new NotValidError('an update of a server without anything to change', {
        hint: 'give one attribute at least',
      })
    },
    versions: ([update]) => versionsOf(update),
    body: ([update]) => ({
      server: {
        name: update.name,
        accessIPv4: update.accessIpv4,
        accessIPv6: update.accessIpv6,
        'OS-DCF:diskConfig': update.diskConfig,
        description: update.description,
        hostname: update.hostname,
        pinned_availability_zone: update.pinnedAvailabilityZone,
      },
    }),
    read: ({ json }, { resource }) => readOne(json, 'server', serverSchema(), resource),
  },
}
