import { createWriteStream } from 'node:fs'
import { Readable, type Duplex } from 'node:stream'
import ssh2 from 'ssh2'
import type { Guest, GuestSource } from '../guest.ts'
import { type CloudConfig, contentOf, readUserData, shellText } from './cloud-config.ts'
import { GuestRoot } from './root.ts'
import { Services } from './services.ts'
import { SshServer } from './ssh-server.ts'

const SSH_PORT = 22

/** The user that images make for whoever comes. */
const DEFAULT_USER = 'ubuntu'

const LOG = '/var/log/cloud-init-output.log'

interface Running {
  readonly ssh: SshServer
  readonly services: Services
  readonly stopping: AbortController
  /** Over with the last command of the user data. */
  readonly settled: Promise<void>
}

/**
 * A machine that is none: a directory, an SSH server with the host keys that the user data has, and the host's programs.
 * It does what the user data says, as far as an ordinary user can, and starts its services again after a reboot.
 */
export class SimulatedGuest implements Guest {
  readonly #source: GuestSource
  #root: GuestRoot | undefined
  #running: Promise<Running> | undefined
  /** What was asked for last; one thing at a time. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(source: GuestSource) {
    this.#source = source
    this.power(true)
  }

  power(on: boolean): void {
    this.#do(async () => (on ? this.#boot() : await this.#halt()))
  }

  reboot(): void {
    this.#do(async () => {
      await this.#halt()
      this.#boot()
    })
  }

  remove(): void {
    void this.stop()
  }

  async stop(): Promise<void> {
    this.#do(async () => {
      await this.#halt()
      await this.#root?.remove()
      this.#root = undefined
    })
    await this.#last
  }

  async dial(port: number): Promise<Duplex> {
    await this.#last
    const running = await this.#running
    if (!running) throw new Error('the machine is off')
    return await (port === SSH_PORT ? running.ssh.dial() : running.services.dial(port))
  }

  #do(act: () => Promise<void> | void): void {
    this.#last = this.#last.then(act).catch(() => undefined)
  }

  #boot(): void {
    this.#running ??= this.#start()
    // Whoever dials hears of it.
    this.#running.catch(() => undefined)
  }

  async #halt(): Promise<void> {
    const running = await this.#running?.catch(() => undefined)
    this.#running = undefined
    if (!running) return
    running.stopping.abort()
    await Promise.all([running.ssh.stop(), running.services.stop(), running.settled])
  }

  async #start(): Promise<Running> {
    const first = this.#root === undefined
    const root = (this.#root ??= await GuestRoot.make())
    const config = readUserData(this.#source.userData)
    const stopping = new AbortController()
    const { signal } = stopping
    const services = new Services(root)
    if (first) await this.#install(root, config)
    await services.boot()
    const ssh = await SshServer.start({
      hostKeys: [await root.read('/etc/ssh/ssh_host_ed25519_key')],
      authorizedKeys: this.#authorizedKeys(config),
      exec: (user, command, channel, ended) =>
        root.run(command, { input: channel, output: channel, errors: channel.stderr, user, signal: ended }),
    })
    const commands = [...(config.bootcmd ?? []), ...(first ? (config.runcmd ?? []) : [])]
    const settled = this.#runAll(root, commands.map(shellText), signal)
    return { ssh, services, stopping, settled }
  }

  async #install(root: GuestRoot, config: CloudConfig): Promise<void> {
    const key =
      config.ssh_keys?.['ed25519_private'] ??
      ssh2.utils.generateKeyPairSync('ed25519', { comment: '' }).private
    await root.write('/etc/ssh/ssh_host_ed25519_key', Buffer.from(key), 0o600)
    if (config.hostname !== undefined) await root.write('/etc/hostname', Buffer.from(`${config.hostname}\n`))
    for (const { path, permissions = '0644', ...file } of config.write_files ?? []) {
      const content = contentOf(file)
      await root.write(path, content, Number.parseInt(String(permissions), 8))
    }
  }

  /** As cloud-init does it: one script, which goes on after a command that failed. */
  async #runAll(root: GuestRoot, commands: readonly string[], signal: AbortSignal): Promise<void> {
    if (commands.length === 0) return
    const log = createWriteStream(root.at(LOG), { flags: 'a' })
    const options = { input: Readable.from([]), output: log, errors: log, user: 'root', signal }
    await root.run(commands.join('\n'), options).catch((error: unknown) => log.write(String(error)))
    await new Promise<void>((resolve) => void log.end(() => resolve()))
  }

  #authorizedKeys(config: CloudConfig): ReadonlyMap<string, readonly string[]> {
    const anybody = [...this.#source.publicKeys, ...(config.ssh_authorized_keys ?? [])]
    const users = new Map<string, readonly string[]>([[DEFAULT_USER, anybody]])
    for (const user of config.users ?? []) {
      if (typeof user === 'string') continue
      users.set(user.name, [...(users.get(user.name) ?? []), ...(user.ssh_authorized_keys ?? [])])
    }
    return users
  }
}
