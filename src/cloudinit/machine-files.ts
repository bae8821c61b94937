import type { InstanceConfig } from '../environ/instance-config.ts'
import { proxyExports } from './proxies.ts'
import { trustedUserCaFile } from './ssh-keys.ts'

/** Juju's directory. */
export const DATA_DIR = '/var/lib/juju'

/** An item of `write_files`. */
export interface WriteFile {
  readonly path: string
  readonly permissions: string
  readonly content: string
}

const USER_CA_FILE = '/etc/ssh/trusted_user_ca_keys'

/** The files of every machine: proxies for whoever logs in, authorities of users' certificates. */
export function machineFiles({ proxies, trustedUserCaKeys = [] }: InstanceConfig): WriteFile[] {
  const exports = proxyExports(proxies)
  return [
    ...(exports === ''
      ? []
      : [{ path: '/etc/profile.d/juju-proxy.sh', permissions: '0644', content: exports }]),
    ...(trustedUserCaKeys.length === 0
      ? []
      : [
          { path: USER_CA_FILE, permissions: '0644', content: trustedUserCaFile(trustedUserCaKeys) },
          {
            path: '/etc/ssh/sshd_config.d/60-trusted-user-ca-keys.conf',
            permissions: '0644',
            content: `TrustedUserCAKeys ${USER_CA_FILE}\n`,
          },
        ]),
  ]
}
