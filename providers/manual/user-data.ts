import { isAbsolute, dirname } from 'node:path/posix'
import {
  type CallOptions,
  commandLine,
  type InstanceConfig,
  INSTANCE_USER,
  NotSupportedError,
  NotValidError,
  renderUserData,
} from 'cloud-environs/provider'
import type { ConnectedHost } from './connection.ts'
import { ADD_USER, INSTALL_PACKAGES, MAKE_DIRECTORIES, RUN_SETUP } from './scripts.ts'

/** A machine tries for half an hour to get its agent. */
const SETUP_MS = 40 * 60_000
const APT_FILE = '/etc/apt/apt.conf.d/95-juju-proxies'
const DATA_DIR = '/var/lib/juju/'

/** A file that is put on a host. */
interface SetupFile {
  readonly path: string
  readonly mode: number
  readonly content: string | Uint8Array
}

/** What a host is told to become: what its user data would say to a machine that starts. */
export interface HostSetup {
  readonly authorizedKeys: readonly string[]
  readonly files: readonly SetupFile[]
  /** For the shell, one after the other. */
  readonly commands: readonly string[]
}

/** The part of a cloud-config that hosts can be told. */
interface CloudConfig {
  readonly users?: readonly { readonly ssh_authorized_keys?: readonly string[] }[]
  readonly packages?: readonly string[]
  readonly package_update?: boolean
  readonly package_upgrade?: boolean
  readonly write_files?: readonly Readonly<Record<string, unknown>>[]
  readonly apt?: Readonly<Record<string, string>>
  readonly runcmd?: readonly (string | readonly string[])[]
}

/** Of these, `output` and `ssh_pwauth` are the host's own affair. */
const KEYS = 'users packages package_update package_upgrade write_files apt runcmd output ssh_pwauth'.split(
  ' ',
)
const FILE_KEYS = ['path', 'permissions', 'content', 'encoding']
const APT_KEYS = ['http_proxy', 'https_proxy', 'ftp_proxy', 'conf']

function checkKeys(where: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown === undefined) return
  throw new NotSupportedError(`a host that exists already cannot be told "${unknown}" of ${where}`, {
    resource: where,
    hint: 'leave it out, or do it with commands: postruncmd of cloudinit-userdata',
  })
}

function fileOf(given: Readonly<Record<string, unknown>>): SetupFile {
  checkKeys('write_files', given, FILE_KEYS)
  const { path, permissions = '0644', content = '', encoding = '' } = given
  if (typeof path !== 'string' || !isAbsolute(path) || path.includes('\0')) {
    throw new NotValidError(`write_files has a path that is not absolute: ${String(path)}`)
  }
  const isBase64 = encoding === 'b64' || encoding === 'base64'
  if (!isBase64 && encoding !== '') throw new NotValidError(`${path} has the encoding ${String(encoding)}`)
  return {
    path,
    mode: Number.parseInt(String(permissions), 8),
    content: isBase64 ? Buffer.from(String(content), 'base64') : String(content),
  }
}

/** Apt's proxies, as a file of its configuration. */
function aptFile(apt: Readonly<Record<string, string>>): SetupFile {
  checkKeys('apt', apt, APT_KEYS)
  const { conf = '', ...proxies } = apt
  const lines = Object.entries(proxies).map(
    ([name, url]) => `Acquire::${name.replace('_proxy', '')}::Proxy "${url}";\n`,
  )
  return { path: APT_FILE, mode: 0o644, content: `${lines.join('')}${conf}` }
}

/**
 * What a host is to be told for this configuration. Its host keys stay its own.
 * @throws NotSupportedError for what only a machine that starts can be told, NotValidError
 */
export async function hostSetup(config: InstanceConfig): Promise<HostSetup> {
  if (config.trustedUserCaKeys?.length) {
    throw new NotSupportedError('a host that exists already is not told whose user certificates to trust', {
      resource: 'trustedUserCaKeys',
    })
  }
  const text = await renderUserData({ ...config, sshHostKeys: [] })
  const { parse } = await import('yaml')
  const given = parse(text) as CloudConfig
  checkKeys('cloudinit-userdata', given, KEYS)
  const { users = [], packages = [], write_files: writeFiles = [], apt, runcmd = [] } = given
  const install = ['sh', '-c', INSTALL_PACKAGES, 'sh', ...packages]
  const commands = [
    ...(given.package_update ? ['! command -v apt-get > /dev/null || apt-get update -q'] : []),
    ...(given.package_upgrade ? ['! command -v apt-get > /dev/null || apt-get upgrade -y -q'] : []),
    ...(packages.length > 0 ? [install] : []),
    ...runcmd,
  ]
  return {
    authorizedKeys: users.flatMap((user) => user.ssh_authorized_keys ?? []),
    files: [...(apt ? [aptFile(apt)] : []), ...writeFiles.map(fileOf)],
    commands: commands.map((command) => (typeof command === 'string' ? command : commandLine(command))),
  }
}

/** The files that do not go with Juju's directory. */
export const filesToRemove = ({ files }: HostSetup): readonly string[] => [
  ...new Set(files.map(({ path }) => path).filter((path) => !path.startsWith(DATA_DIR))),
]

/** Does to a host what it is told, the nonce last of all. @throws CommandError */
export async function setUpHost(
  connected: ConnectedHost,
  { authorizedKeys, files, commands }: HostSetup,
  options: CallOptions,
): Promise<void> {
  const addUser = { what: 'adding the user', text: ADD_USER, words: [INSTANCE_USER] }
  await connected.runAsRoot(addUser, { ...options, input: authorizedKeys.map((key) => `${key}\n`).join('') })
  if (files.length > 0) {
    const words = [...new Set(files.map(({ path }) => dirname(path)))]
    await connected.runAsRoot({ what: 'making directories', text: MAKE_DIRECTORIES, words }, options)
  }
  for (const { path, content, mode } of files) await connected.write(path, content, mode, options)
  await connected.runAsRoot(
    { what: 'setting up the host', text: RUN_SETUP, words: [commands.join('\n')] },
    // However much it writes: the end of it is kept.
    { ...options, timeout: SETUP_MS, onOutput: () => undefined },
  )
}
