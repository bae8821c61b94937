/** What a server's user data becomes when it is to trust an authority of users' certificates. Pure functions. */

import { mimePart, multipartUserData, type UserDataPart } from '../cloudinit/encode.ts'
import { trustedUserCaFile } from '../cloudinit/ssh-keys.ts'
import { NotValidError } from '../environ/errors.ts'

const AUTHORITY_FILE = '/etc/ssh/trusted_user_ca_keys'
const SSHD_FILE = '/etc/ssh/sshd_config.d/90-trusted-user-ca.conf'

/** How a part begins, as cloud-init tells them apart; the longer ones first, as some begin as others do. */
const BEGINNINGS: readonly (readonly [beginning: string, type: UserDataPart['type']])[] = [
  ['## template: jinja', 'text/jinja2'],
  ['#cloud-config-archive', 'text/cloud-config-archive'],
  ['#cloud-config-jsonp', 'text/cloud-config-jsonp'],
  ['#cloud-boothook', 'text/cloud-boothook'],
  ['#cloud-config', 'text/cloud-config'],
  ['#include-once', 'text/x-include-once-url'],
  ['#part-handler', 'text/part-handler'],
  ['#include', 'text/x-include-url'],
  ['#!', 'text/x-shellscript'],
]

/** User data that cloud-init reads: of no part, compressed, of several parts, of one part of that type. */
type UserDataFormat = 'empty' | 'gzip' | 'multipart' | UserDataPart['type']

const MULTIPART = /^content-type:\s*multipart\//i

const invalid = (what: string, hint: string): NotValidError =>
  new NotValidError(`user data ${what}`, { resource: 'user data', hint })

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw invalid('is no text', 'give UTF-8 or gzip')
  }
}

/** What cloud-init takes user data for. @throws NotValidError when that is nothing */
function formatOf(bytes: Uint8Array): UserDataFormat {
  if (bytes.length === 0) return 'empty'
  if (isGzip(bytes)) return 'gzip'
  const text = textOf(bytes)
  if (MULTIPART.test(text)) return 'multipart'
  const beginning = text.trimStart().toLowerCase()
  const type = BEGINNINGS.find(([prefix]) => beginning.startsWith(prefix))?.[1]
  if (type) return type
  throw invalid(
    'is nothing that cloud-init reads',
    `begin it with one of: ${BEGINNINGS.map(([prefix]) => prefix).join(', ')}, or "Content-Type: multipart/"`,
  )
}

/** What makes sshd trust the authority: a part that leaves alone what others say. */
function authorityPart(publicKey: string): UserDataPart {
  const document = {
    // Without it, cloud-init would drop the files or the commands of one of two parts.
    merge_how: [
      { name: 'list', settings: ['append'] },
      { name: 'dict', settings: ['no_replace', 'recurse_list'] },
    ],
    write_files: [
      { path: AUTHORITY_FILE, permissions: '0644', content: trustedUserCaFile([publicKey]) },
      { path: SSHD_FILE, permissions: '0644', content: `TrustedUserCAKeys ${AUTHORITY_FILE}\n` },
    ],
    runcmd: [['sh', '-c', 'systemctl reload ssh || systemctl reload sshd']],
  }
  // JSON is YAML.
  return { type: 'text/cloud-config', text: `#cloud-config\n${JSON.stringify(document, undefined, 2)}\n` }
}

const headAndBody = (document: string): readonly [head: string, body: string] => {
  const text = document.replaceAll('\r\n', '\n')
  const end = text.indexOf('\n\n')
  return end === -1 ? [text.trimEnd(), ''] : [text.slice(0, end), text.slice(end + 2)]
}

/** What is between the parts of a MIME document. @throws NotValidError when it does not say */
function boundaryOf(head: string): string {
  const [, quoted, plain] = /;\s*boundary\s*=\s*(?:"([^"\n]+)"|([^\s;"]+))/i.exec(head) ?? []
  const boundary = quoted ?? plain
  if (boundary !== undefined) return boundary
  throw invalid('is multipart without a boundary', 'name it in its Content-Type')
}

/** Adds a part at the end of a MIME document. */
function appended(document: string, part: UserDataPart): string {
  const [head, body] = headAndBody(document)
  const boundary = boundaryOf(head)
  // cloud-init takes nothing for MIME that does not say so.
  const version = /^mime-version:/im.test(head) ? '' : '\nMIME-Version: 1.0'
  const lines = body.split('\n')
  const last = lines.findIndex((line) => line.trimEnd() === `--${boundary}--`)
  const before = lines.slice(0, last === -1 ? undefined : last).join('\n')
  const parts = before === '' || before.endsWith('\n') ? before : `${before}\n`
  const own = mimePart(part, 'trusted-user-ca.cfg')
  return `${head}${version}\n\n${parts}--${boundary}\n${own}\n--${boundary}--\n`
}

/**
 * What cloud-init takes user data for.
 * @throws NotValidError when that is nothing; with an authority also for what no part can be added to, such as gzip
 */
export function checkUserData(
  userData: string | Uint8Array | undefined,
  withAuthority: boolean,
): UserDataFormat {
  const bytes = Buffer.from(userData ?? '')
  const format = formatOf(bytes)
  if (withAuthority && format === 'multipart') boundaryOf(headAndBody(textOf(bytes))[0])
  if (withAuthority && format === 'gzip') {
    throw invalid(
      'is compressed, and cannot be joined with an SSH authority',
      'give it as plain text, or choose another SSH mode',
    )
  }
  return format
}

/**
 * What a server is given as user data: what its user wrote, and what makes it trust the authority, if there is one.
 * Nothing at all when there is neither.
 * @param publicKey of the authority, as OpenSSH writes it
 * @throws NotValidError as {@link checkUserData} does
 */
export function composeUserData(
  userData: string | Uint8Array | undefined,
  publicKey?: string,
): Uint8Array | undefined {
  const bytes = Buffer.from(userData ?? '')
  const format = checkUserData(userData, publicKey !== undefined)
  if (publicKey === undefined || format === 'gzip') return format === 'empty' ? undefined : bytes
  const part = authorityPart(publicKey)
  if (format === 'empty') return Buffer.from(part.text)
  const text = textOf(bytes)
  return Buffer.from(
    format === 'multipart' ? appended(text, part) : multipartUserData([{ type: format, text }, part]),
  )
}
