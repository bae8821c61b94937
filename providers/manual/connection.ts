import {
  type CallOptions,
  type CommandOptions,
  CommandError,
  type CommandResult,
  commandLine,
  type Dialer,
  type ModelConfig,
  NotValidError,
  shownHostKey,
  SshConnection,
  UnauthorizedError,
  upload,
} from 'cloud-environs/provider'
import { configuredHostKey } from './config.ts'
import type { Login } from './credentials.ts'
import type { Host } from './host.ts'
import type { KnownHosts } from './known-hosts.ts'

/** A script for a POSIX shell. Its words are `$1`, `$2`, … in it. */
export interface Script {
  /** What it does, for errors: `stopping the agent`. */
  readonly what: string
  readonly text: string
  readonly words?: readonly string[]
}

/** A host that is logged in to. */
export class ConnectedHost implements AsyncDisposable {
  readonly host: Host
  /** Those that it may show: lines of `known_hosts` without the host. */
  readonly hostKeys: readonly string[]
  readonly #ssh: SshConnection
  readonly #isRoot: boolean

  constructor(host: Host, hostKeys: readonly string[], ssh: SshConnection, isRoot: boolean) {
    this.host = host
    this.hostKeys = hostKeys
    this.#ssh = ssh
    this.#isRoot = isRoot
  }

  /** Runs a script as whoever is logged in; gives what it wrote. @throws CommandError */
  async run({ what, text, words = [] }: Script, options: CommandOptions = {}): Promise<string> {
    return await this.#ssh.run(what, commandLine(['sh', '-c', text, 'sh', ...words]), options)
  }

  /** {@link run}, as root. */
  async runAsRoot(script: Script, options: CommandOptions = {}): Promise<string> {
    const result = await this.tryAsRoot(script, options)
    if (result.code === 0) return result.stdout
    throw new CommandError(script.what, this.host.address, result)
  }

  /** Runs a script as root, whatever its exit code. */
  async tryAsRoot({ text, words = [] }: Script, options: CommandOptions = {}): Promise<CommandResult> {
    return await this.#ssh.exec(commandLine([...this.#root(), 'sh', '-c', text, 'sh', ...words]), options)
  }

  /** Writes a file that root owns. */
  async write(path: string, content: string | Uint8Array, mode: number, options: CallOptions): Promise<void> {
    await upload(this.#ssh, path, content, { mode, sudo: !this.#isRoot, signal: options.signal })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ssh[Symbol.asyncDispose]()
  }

  #root(): readonly string[] {
    return this.#isRoot ? [] : ['sudo', '-n']
  }
}

/** What a {@link HostConnector} works with. */
export interface ConnectorServices {
  readonly dialer: Dialer
  readonly login: Login
  readonly knownHosts: KnownHosts
}

/** Logs in to hosts. Each has to show its key: of the configuration, else the one that is known, else the first one seen. */
export class HostConnector {
  readonly #services: ConnectorServices
  /** By address, while a key is being learnt: two at once must not learn two. */
  readonly #learning = new Map<string, Promise<string>>()

  constructor(services: ConnectorServices) {
    this.#services = services
  }

  /**
   * @throws UntrustedError for another host key, UnauthorizedError when the host does not take the private key,
   *   UnavailableError or TimeoutError when it does not answer
   */
  async connect(host: Host, config: ModelConfig, { signal }: CallOptions = {}): Promise<ConnectedHost> {
    const { dialer, login } = this.#services
    const { address, user = login.username } = host
    const hostKeys = await this.#hostKeys(host, config, { signal })
    const target = { host: address, user, privateKey: login.privateKey, hostKeys }
    const ssh = await SshConnection.open(target, { dialer, signal }).catch((error: unknown) => {
      // The keys of hosts were checked: what is not valid is the private one.
      if (!(error instanceof NotValidError)) throw error
      throw new UnauthorizedError(error.message, { cause: error, resource: `host ${address}` })
    })
    return new ConnectedHost(host, hostKeys, ssh, user === 'root')
  }

  async #hostKeys(host: Host, config: ModelConfig, options: CallOptions): Promise<readonly string[]> {
    const configured = configuredHostKey(config, host)
    if (configured !== undefined) return [configured]
    const known = await this.#services.knownHosts.keysOf(host.address)
    return known.length > 0 ? known : [await this.#learn(host, options)]
  }

  async #learn({ address }: Host, { signal }: CallOptions): Promise<string> {
    const { dialer, knownHosts } = this.#services
    signal?.throwIfAborted()
    const learn = async (): Promise<string> => {
      try {
        const key = await shownHostKey({ host: address }, { dialer })
        await knownHosts.add(address, key)
        return key
      } finally {
        this.#learning.delete(address)
      }
    }
    const learning = this.#learning.get(address) ?? learn()
    this.#learning.set(address, learning)
    const over = new AbortController()
    try {
      return await new Promise((resolve, reject) => {
        // Its own end, and nobody else's.
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { signal: over.signal })
        learning.then(resolve, reject)
      })
    } finally {
      over.abort()
    }
  }
}
