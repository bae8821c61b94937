import { NotValidError } from '../environ/errors.ts'

/** Kinds of public keys, and how many fields each has, its name among them (RFC 4253, RFC 5656, RFC 8709, OpenSSH). */
const FIELDS: Readonly<Record<string, number>> = {
  'ssh-ed25519': 2,
  'ssh-rsa': 3,
  'ecdsa-sha2-nistp256': 3,
  'ecdsa-sha2-nistp384': 3,
  'ecdsa-sha2-nistp521': 3,
  'sk-ssh-ed25519@openssh.com': 3,
  'sk-ecdsa-sha2-nistp256@openssh.com': 4,
}

const LINE = /^(\S+) ([A-Za-z0-9+/]+={0,2})(?: [^\p{Cc}]*)?$/u

/** The keys of an `authorized_keys` file. */
export const authorizedKeys = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))

/** The fields of a key, each with its length before it; `undefined` when they do not fill it. */
function fieldsOf(blob: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = []
  let at = 0
  while (at + 4 <= blob.length) {
    const start = at + 4
    at = start + blob.readUInt32BE(at)
    fields.push(blob.subarray(start, at))
  }
  return at === blob.length ? fields : undefined
}

function isPublicKey(line: string): boolean {
  const [, type = '', base64 = ''] = LINE.exec(line) ?? []
  const fields = fieldsOf(Buffer.from(base64, 'base64'))
  return (
    Object.hasOwn(FIELDS, type) && fields?.length === FIELDS[type] && fields?.[0]?.toString('latin1') === type
  )
}

/**
 * The file that `TrustedUserCAKeys` of sshd names. A key that sshd cannot read would have it refuse everybody's.
 * @throws NotValidError for what is not one OpenSSH public key without options; it is not shown, as it may be a private one
 */
export function trustedUserCaFile(keys: readonly string[]): string {
  const lines = keys.map((key) => key.trim())
  const wrong = lines.findIndex((line) => !isPublicKey(line))
  if (wrong === -1) return lines.map((line) => `${line}\n`).join('')
  throw new NotValidError(`trusted user CA key ${wrong + 1} is not an OpenSSH public key`, {
    resource: 'trustedUserCaKeys',
    hint: 'give the line of the .pub file of the authority, without options',
  })
}
