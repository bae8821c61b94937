import { UntrustedError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { SshConnection } from './connection.ts'
import { commandLine } from './shell.ts'

/**
 * Whether a machine has its nonce in `file` yet. Cloud-init writes it last of all: it also says that cloud-init is done.
 * @throws UntrustedError when the nonce is another: that machine, or that start of it, is not ours
 */
export async function hasNonce(
  connection: SshConnection,
  file: string,
  nonce: string,
  options?: CallOptions,
): Promise<boolean> {
  const { code, stdout } = await connection.exec(commandLine(['cat', file]), options)
  if (code !== 0) return false
  if (stdout.trim() === nonce) return true
  throw new UntrustedError(`${connection.host} has another nonce than the machine that was started`, {
    resource: `machine ${connection.host}`,
    hint: 'another machine may have this address now, with a copy of the host key: do not go on',
  })
}
