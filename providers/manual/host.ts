import { isIP } from 'node:net'
import { NotValidError } from 'cloud-environs/provider'

/** A machine that exists already, as its user names it. */
export interface Host {
  /** Name or IP address. */
  readonly address: string
  /** Who logs in; absent: whom the credential names. */
  readonly user?: string
}

const NAME = /^(?!.*\.\.)[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i
const USER = /^[a-z_][a-z0-9_.-]*$/i

/**
 * Reads `HOST` or `USER@HOST`; an IPv6 address may be in brackets.
 * @throws NotValidError for anything else, such as a host with a port
 */
export function parseHost(text: string): Host {
  const [, user, given = ''] = /^(?:([^@]*)@)?(.*)$/s.exec(text.trim()) ?? []
  const address = given.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if ((isIP(address) || NAME.test(address)) && (user === undefined || USER.test(user))) {
    return { address, ...(user === undefined ? {} : { user }) }
  }
  throw new NotValidError(`"${text}" is not a host`, {
    resource: `host ${text}`,
    hint: 'write HOST or USER@HOST, without a port: SSH is at 22',
  })
}

/** The hosts, each address once. */
export const distinct = (hosts: readonly Host[]): readonly Host[] =>
  [...new Map(hosts.toReversed().map((host) => [host.address, host])).values()].toReversed()
