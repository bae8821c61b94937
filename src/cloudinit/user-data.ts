import { INSTANCE_USER } from '../environ/constants.ts'
import type { InstanceConfig } from '../environ/instance-config.ts'
import { type AgentPart, agentPart } from './agent.ts'
import { aptSection } from './apt.ts'
import { DATA_DIR, machineFiles } from './machine-files.ts'
import { authorizedKeys } from './ssh-keys.ts'
import { readUserPart } from './user-part.ts'

/** Where a machine keeps its nonce. It is written last, so its presence also says that cloud-init is done. */
export const NONCE_FILE = `${DATA_DIR}/nonce.txt`

/** Juju's. */
const GROUPS = 'adm audio cdrom dialout dip floppy netdev plugdev sudo video'.split(' ')

const NO_AGENT: AgentPart = { packages: [], writeFiles: [], runcmd: [] }

/** Characters that cloud-init's YAML parser wants written as escapes. */
const UNPRINTABLE = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A document that parsers of YAML 1.1 and of 1.2 read alike: no text is without quotes. */
async function cloudConfig(document: Readonly<Record<string, unknown>>): Promise<string> {
  const { stringify } = await import('yaml')
  const text = stringify(document, {
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    doubleQuotedAsJSON: true,
    lineWidth: 0,
  })
  return `#cloud-config\n${text.replace(UNPRINTABLE, escaped)}`
}

/** What only machines have that are no controllers. */
function ordinaryPart(config: InstanceConfig): { settings: Record<string, unknown>; agent: AgentPart } {
  const { isController, agentBinary, enableOsRefreshUpdate, enableOsUpgrade } = config
  if (isController) return { settings: {}, agent: NO_AGENT }
  return {
    settings: {
      ...(enableOsRefreshUpdate ? { package_update: true } : {}),
      ...(enableOsUpgrade ? { package_upgrade: true } : {}),
    },
    agent: agentBinary ? agentPart(config, agentBinary) : NO_AGENT,
  }
}

/**
 * User data for an instance: a `#cloud-config` document, the same for the same configuration. Every machine gets the
 * user, the host keys, proxies, the mirror of apt, the model's `cloudinit-userdata` and, last, the nonce; a machine that
 * is no controller gets its agent, too. A controller's is brought by SSH, as user data is readable to all on a machine.
 * @throws NotValidError for what no machine could use, before anything is made
 */
export async function renderUserData(config: InstanceConfig): Promise<string> {
  const hostKeys = (config.sshHostKeys ?? []).flatMap(({ type, privateKey, publicKey }) => [
    [`${type}_private`, privateKey.reveal()],
    [`${type}_public`, publicKey],
  ])
  const { settings, agent } = ordinaryPart(config)
  const user = await readUserPart(config.cloudinitUserdata)
  const packages = [...agent.packages, ...user.packages]
  const writeFiles = [...machineFiles(config), ...agent.writeFiles, ...user.writeFiles]
  return await cloudConfig({
    output: { all: '| tee -a /var/log/cloud-init-output.log' },
    ssh_pwauth: false,
    ...(config.caCertificates?.length ? { ca_certs: { trusted: config.caCertificates } } : {}),
    ...aptSection(config),
    ...settings,
    ...user.instead,
    users: [
      {
        name: INSTANCE_USER,
        gecos: INSTANCE_USER,
        groups: GROUPS,
        shell: '/bin/bash',
        sudo: 'ALL=(ALL) NOPASSWD:ALL',
        lock_passwd: true,
        ssh_authorized_keys: authorizedKeys(config.authorizedKeys),
      },
    ],
    // Whoever pinned them would refuse the machine with others.
    ...(hostKeys.length > 0 ? { ssh_keys: Object.fromEntries(hostKeys) as Record<string, string> } : {}),
    ...(packages.length > 0 ? { packages } : {}),
    ...(writeFiles.length > 0 ? { write_files: writeFiles } : {}),
    runcmd: [
      ...user.preruncmd,
      // From here on a failure ends the script, so there is no nonce.
      ['set', '-e'],
      ['install', '-d', '-m', '0755', DATA_DIR],
      ...agent.runcmd,
      ...user.postruncmd,
      [
        'sh',
        '-c',
        'umask 022; printf %s "$1" > "$2.new" && mv "$2.new" "$2"',
        'sh',
        config.machineNonce,
        NONCE_FILE,
      ],
    ],
  })
}
