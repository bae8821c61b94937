import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { NotValidError } from '../environ/errors.ts'

/** Where gzip says which system made it, and how it says that it does not. */
const GZIP_OS = 9
const GZIP_OS_UNKNOWN = 255

/** Characters of a line of base64 in MIME. */
const LINE = /.{1,76}/g

/** The same text gives the same bytes on every system. */
function gzip(text: string): Buffer {
  const bytes = gzipSync(text, { level: 9 })
  bytes[GZIP_OS] = GZIP_OS_UNKNOWN
  return bytes
}

/**
 * User data in base64, as clouds take it: plain, or compressed where only that is short enough; cloud-init tells which.
 * @param limit of the cloud, in characters of base64 (Nova: 65,535)
 * @throws NotValidError when it is too long either way
 */
export function encodeUserData(text: string, limit: number): string {
  const plain = Buffer.from(text).toString('base64')
  if (plain.length <= limit) return plain
  const compressed = gzip(text).toString('base64')
  if (compressed.length <= limit) return compressed
  throw new NotValidError(`user data is too large: ${compressed.length} characters, of at most ${limit}`, {
    hint: 'that is its compressed form: have fewer authorized keys, or a shorter cloudinit-userdata',
  })
}

/** A part of user data; cloud-init does them in their order. */
export interface UserDataPart {
  readonly type:
    | 'text/cloud-config'
    | 'text/cloud-config-archive'
    | 'text/cloud-config-jsonp'
    | 'text/x-shellscript'
    | 'text/cloud-boothook'
    | 'text/x-include-url'
    | 'text/x-include-once-url'
    | 'text/part-handler'
    | 'text/jinja2'
  readonly text: string
}

/** A part as it stands in a MIME document, without the boundary before it. */
export const mimePart = ({ type, text }: UserDataPart, filename: string): string =>
  [
    `Content-Type: ${type}; charset="utf-8"`,
    'MIME-Version: 1.0',
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; filename="${filename}"`,
    '',
    ...(Buffer.from(text).toString('base64').match(LINE) ?? []),
  ].join('\n')

/** Several parts as one MIME document, for a provider that adds to what {@link renderUserData} gives. */
export function multipartUserData(parts: readonly UserDataPart[]): string {
  const encoded = parts.map((part, index) => mimePart(part, `part-${String(index + 1).padStart(3, '0')}`))
  // No line of base64 has a hyphen, so no part can have the boundary.
  const boundary = `--${createHash('sha256').update(encoded.join('\n')).digest('hex').slice(0, 32)}`
  const head = `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n`
  return `${head}${encoded.map((part) => `--${boundary}\n${part}\n`).join('')}--${boundary}--\n`
}
