import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type CloudSpec,
  type CloudCredential,
  type CredentialSchema,
  credentialText,
  type HostEnvironment,
  INSTANCE_USER,
  NotFoundError,
  NotValidError,
  Secret,
} from 'cloud-environs/provider'

const SSH_KEY = 'ssh-key'
const KEY_FILES = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/** The one auth type: hosts are logged in to with a key. */
export const CREDENTIAL_SCHEMAS: Readonly<Record<string, CredentialSchema>> = {
  [SSH_KEY]: [
    {
      name: 'private-key',
      description: 'SSH private key that the hosts take, without a passphrase; or the path of its file',
      hidden: true,
      fileAttr: 'private-key-file',
    },
    {
      name: 'username',
      description: `who logs in to hosts that name nobody (default: ${INSTANCE_USER})`,
      optional: true,
    },
  ],
}

/** How hosts are logged in to. */
export interface Login {
  readonly username: string
  readonly privateKey: Secret
}

/** @throws NotValidError when there is no key */
export function loginOf({ name, credential }: CloudSpec): Login {
  const key = credential && credentialText(credential, 'private-key')
  if (credential?.authType === SSH_KEY && key) {
    const username = credentialText(credential, 'username') ?? INSTANCE_USER
    return { username, privateKey: new Secret(key) }
  }
  throw new NotValidError(`cloud "${name}" has no credential of type ${SSH_KEY}`, {
    resource: `cloud "${name}"`,
    hint: `add one: "environs add-credential ${name}"`,
  })
}

/** In OpenSSH's format the cipher stands in the key; in the older ones it stands above it. */
function hasPassphrase(key: string): boolean {
  if (!key.includes('BEGIN OPENSSH PRIVATE KEY')) return /ENCRYPTED/.test(key)
  const body = Buffer.from(key.replaceAll(/-----[^-]+-----/g, ''), 'base64')
  return !body.includes('\0\0\0\x04none', 0, 'latin1')
}

/** The first of the user's own keys that has no passphrase. @throws NotFoundError */
export async function detectCredential({ homeDir }: HostEnvironment): Promise<CloudCredential> {
  for (const name of KEY_FILES) {
    const key = await readFile(join(homeDir, '.ssh', name), 'utf8').catch(() => undefined)
    if (key === undefined || hasPassphrase(key)) continue
    const credential = {
      authType: SSH_KEY,
      label: `SSH key ~/.ssh/${name}`,
      attributes: { 'private-key': new Secret(key) },
    }
    return { defaultCredential: name, credentials: { [name]: credential } }
  }
  throw new NotFoundError('no SSH key without a passphrase in ~/.ssh', {
    hint: 'make one with "ssh-keygen -t ed25519", and put its public half on the hosts',
  })
}
