import { createHash } from 'node:crypto'
import { NotValidError } from '../environ/errors.ts'
import type { ServerId } from '../environ/server-hosting.ts'

/** Of all ids that this room makes; drawn once. */
const NAMESPACE = '6d5b0c4e-1f0a-4d57-9b1f-3f0d1c2a7e88'

/** RFC 1123's label. No capitals: host names that differ in these alone are one name. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** A version 5 UUID (RFC 9562): the same name in the same namespace has the same one. */
export function uuidOfName(namespace: string, name: string): string {
  const digest = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6)
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = digest.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  )
}

/** The id of the server of that name on that network. A network has no other of the name, so a store keeps names unique. */
export const serverId = (network: string, name: string): ServerId =>
  uuidOfName(uuidOfName(NAMESPACE, `network ${network}`), name)

/** The id of an authority of a project. */
export const authorityIdOf = (organization: string, project: string, publicKey: string): string =>
  uuidOfName(NAMESPACE, ['ssh authority', organization, project, publicKey].join('\n'))

/** @throws NotValidError for what cannot be a host name */
export function checkServerName(name: string): void {
  if (NAME.test(name)) return
  throw new NotValidError(`"${name}" is not a name for a server`, {
    resource: `server "${name}"`,
    hint: 'use at most 63 lower case letters, digits and hyphens; no hyphen first or last',
  })
}
