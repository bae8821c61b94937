import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { Secret } from '../cloud/secret.ts'
import { NotValidError, UnavailableError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import { CommandError } from './command.ts'
import type { SshConnection } from './connection.ts'
import { commandLine } from './shell.ts'

const UPLOAD_MS = 600_000
const PRIVATE = 0o600
const DAMAGED = 65

/** What a file on a machine is to hold; `file` is a path here. */
export type UploadContent = string | Uint8Array | Secret | { readonly file: string }

/** How a file is put on a machine. */
export interface UploadOptions extends CallOptions {
  /** Default 0600. */
  readonly mode?: number
  /** Whether root writes it, and owns it. Default false. */
  readonly sudo?: boolean
  /** Milliseconds. Default 600,000. */
  readonly timeout?: number
}

/** Its arguments: path, mode, SHA-256. The file is in its place whole, or not at all. */
const SCRIPT = `set -eu
umask 077
if [ -d "$1" ]; then echo "$1 is a directory" >&2; exit 1; fi
new=$(mktemp "$1.XXXXXX")
trap 'rm -f "$new"' EXIT
trap 'exit 1' HUP INT TERM
cat > "$new"
if command -v sha256sum > /dev/null; then sum=$(sha256sum < "$new"); else sum=$(shasum -a 256 < "$new"); fi
if [ "\${sum%% *}" != "$3" ]; then exit ${DAMAGED}; fi
chmod "$2" "$new"
mv -f "$new" "$1"`

async function sha256(content: string | Uint8Array | { readonly file: string }): Promise<string> {
  const hash = createHash('sha256')
  if (typeof content === 'string' || content instanceof Uint8Array) return hash.update(content).digest('hex')
  try {
    await pipeline(createReadStream(content.file), hash)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new NotValidError(`${content.file} cannot be read: ${why}`, { cause, resource: content.file })
  }
  return hash.digest('hex')
}

/**
 * Puts a file on a machine, whole or not at all, and checks there that it arrived as it was sent.
 * @throws UnavailableError when it arrived otherwise; CommandError when it cannot be written, NotValidError when it cannot
 *   be read here
 */
export async function upload(
  connection: SshConnection,
  path: string,
  content: UploadContent,
  { mode = PRIVATE, sudo = false, timeout = UPLOAD_MS, signal }: UploadOptions = {},
): Promise<void> {
  const plain = content instanceof Secret ? content.reveal() : content
  const sum = await sha256(plain)
  const script = ['sh', '-c', SCRIPT, 'sh', path, mode.toString(8).padStart(4, '0'), sum]
  const command = commandLine(sudo ? ['sudo', '-n', ...script] : script)
  const input =
    typeof plain === 'string' || plain instanceof Uint8Array ? plain : createReadStream(plain.file)
  try {
    await connection.run(`writing ${path}`, command, { input, timeout, signal })
  } catch (error) {
    if (!(error instanceof CommandError && error.result.code === DAMAGED)) throw error
    throw new UnavailableError(`${path} did not arrive on ${connection.host} as it was sent`, {
      cause: error,
      resource: `machine ${connection.host}`,
    })
  }
}
