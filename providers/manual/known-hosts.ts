import { createHmac } from 'node:crypto'
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type HostEnvironment, UntrustedError } from 'cloud-environs/provider'

/** Of the kinds that SSH here takes; the kind stands in the key, too. */
const KEY = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]+=*)(?: |$)/

/** Whether that is a host key, as a line of `known_hosts` without the host. */
export function isHostKey(line: string): boolean {
  const [, type, base64 = ''] = KEY.exec(line) ?? []
  return type !== undefined && Buffer.from(base64, 'base64').toString('latin1', 4, 4 + type.length) === type
}

interface Entry {
  readonly revoked: boolean
  readonly key: string
  matches(address: string): boolean
}

/** `web1`, `*.example.com`, or a salt and the hash of a name. */
function nameMatches(pattern: string, address: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(pattern) ?? []
  if (salt !== undefined) {
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(address).digest('base64') === hash
  }
  const text = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${text.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(address)
}

/** A line of the file, with a key of a host. */
function entryOf(line: string): Entry[] {
  const [, marker, names = '', type = '', blob = ''] =
    /^\s*(@\S+\s+)?([^\s#@]\S*)\s+(\S+)\s+(\S+)/.exec(line) ?? []
  if (!isHostKey(`${type} ${blob}`) || marker?.startsWith('@cert-authority')) return []
  const patterns = names.split(',')
  return [
    {
      revoked: marker !== undefined,
      key: `${type} ${blob}`,
      matches: (address) => patterns.some((pattern) => nameMatches(pattern, address)),
    },
  ]
}

/** `~/.ssh/known_hosts`, where `ssh` keeps the keys of hosts; `ssh-keygen -R HOST` has both forget one. */
export class KnownHosts {
  readonly path: string

  constructor({ homeDir }: HostEnvironment) {
    this.path = join(homeDir, '.ssh', 'known_hosts')
  }

  /** The keys that a host may show; none: it is not known. */
  async keysOf(address: string): Promise<readonly string[]> {
    const entries = await this.#entries()
    const revoked = entries.filter((entry) => entry.revoked).map(({ key }) => key)
    return entries
      .filter((entry) => entry.matches(address) && !revoked.includes(entry.key))
      .map(({ key }) => key)
  }

  /** Keeps the key of a host that is not known. @throws UntrustedError for one that was revoked */
  async add(address: string, key: string): Promise<void> {
    const entries = await this.#entries()
    if (entries.some((entry) => entry.revoked && entry.key === key)) {
      throw new UntrustedError(`${address} shows an SSH host key that ${this.path} revokes`, {
        resource: `machine ${address}`,
        hint: 'somebody has that key who should not: do not go on',
      })
    }
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
    const before = await this.#text()
    const start = before === '' || before.endsWith('\n') ? '' : '\n'
    await appendFile(this.path, `${start}${address} ${key}\n`, { mode: 0o600 })
  }

  async #entries(): Promise<readonly Entry[]> {
    return (await this.#text()).split('\n').flatMap(entryOf)
  }

  async #text(): Promise<string> {
    try {
      return await readFile(this.path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
      throw error
    }
  }
}
