import { INSTANCE_USER } from '../environ/constants.ts'
import type { InstanceConfig } from '../environ/instance-config.ts'

/** Where a machine keeps its nonce. It is written last, so its presence also says that cloud-init is done. */
const NONCE_FILE = '/var/lib/juju/nonce.txt'

const authorizedKeys = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))

/**
 * User data for an instance: a `#cloud-config` document that makes the user, installs the host keys and writes the
 * nonce, which is handed to the shell as an argument and never read by it.
 */
export async function renderUserData(config: InstanceConfig): Promise<string> {
  const { stringify } = await import('yaml')
  const hostKeys = (config.sshHostKeys ?? []).flatMap(({ type, privateKey, publicKey }) => [
    [`${type}_private`, privateKey],
    [`${type}_public`, publicKey],
  ])
  const document = {
    output: { all: '| tee -a /var/log/cloud-init-output.log' },
    ssh_pwauth: false,
    users: [
      {
        name: INSTANCE_USER,
        gecos: INSTANCE_USER,
        groups: ['adm', 'sudo'],
        shell: '/bin/bash',
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        lock_passwd: true,
        ssh_authorized_keys: authorizedKeys(config.authorizedKeys),
      },
    ],
    ...(hostKeys.length > 0 ? { ssh_keys: Object.fromEntries(hostKeys) as Record<string, string> } : {}),
    runcmd: [
      ['install', '-d', '-m', '0755', '/var/lib/juju'],
      [
        'sh',
        '-c',
        'umask 022; printf %s "$1" > "$2.new" && mv "$2.new" "$2"',
        'sh',
        config.machineNonce,
        NONCE_FILE,
      ],
    ],
  }
  return `#cloud-config\n${stringify(document, { lineWidth: 0 })}`
}
