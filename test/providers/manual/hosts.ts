/** Machines that exist already: directories with real SSH servers on loopback, behind a dialer that knows their names. */

import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import {
  type CloudSpec,
  createEnvirons,
  type Dialer,
  type Environs,
  type EnvironsOptions,
  UnavailableError,
} from 'cloud-environs'
import manual from 'cloud-environs/providers/manual'
import { GuestRoot } from '../../../providers/openstack/embedded/guests/simulated/root.ts'
import { Services } from '../../../providers/openstack/embedded/guests/simulated/services.ts'
import { SshServer } from '../../../providers/openstack/embedded/guests/simulated/ssh-server.ts'
import { newSshKeyPair } from '../../../src/ssh/index.ts'

/** Whom the hosts know from before. */
export const admin = newSshKeyPair('admin')

const SSH_PORT = 22

/** Programs that only root of a whole machine may use. */
const STAND_INS = {
  getent: `grep "^$2:" /etc/passwd`,
  useradd: `for user; do :; done
mkdir -p "/home/$user" && echo "$user:x:1000:1000::/home/$user:/bin/bash" >> /etc/passwd`,
  userdel: `for user; do :; done
sed -i "/^$user:/d" /etc/passwd && rm -rf "/home/$user"`,
}

/** Whoever the files of a machine let in. */
class AuthorizedKeys extends Map<string, readonly string[]> {
  readonly #root: GuestRoot

  constructor(root: GuestRoot) {
    super([['admin', [admin.publicKey]]])
    this.#root = root
  }

  override get(user: string): readonly string[] {
    return super.get(user) ?? this.#keysIn(this.#root.at(`/home/${user}/.ssh/authorized_keys`))
  }

  #keysIn(file: string): readonly string[] {
    try {
      return readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('ssh-'))
    } catch {
      return []
    }
  }
}

/** One machine. */
export class TestHost {
  readonly root: GuestRoot
  readonly hostKey: ReturnType<typeof newSshKeyPair>
  /** Commands that it was sent. */
  readonly commands: string[] = []
  /** Called with each command before it is run. */
  beforeCommand: ((command: string) => Promise<void> | void) | undefined
  readonly #services: Services
  #ssh: SshServer
  readonly #before: readonly string[]

  private constructor(root: GuestRoot, services: Services, before: readonly string[]) {
    this.root = root
    this.#services = services
    this.#before = before
    this.hostKey = newSshKeyPair('host')
    this.#ssh = undefined as unknown as SshServer
  }

  static async start(release = 'ID=ubuntu\nVERSION_ID="24.04"\n'): Promise<TestHost> {
    const root = await GuestRoot.make()
    await root.write('/etc/os-release', Buffer.from(release))
    await root.write('/etc/passwd', Buffer.from(''))
    for (const [name, body] of Object.entries(STAND_INS))
      await root.addProgram(name, `#!/bin/sh\n${root.translated(body)}\n`)
    const services = new Services(root)
    await services.boot()
    const host = new TestHost(root, services, await filesBelow(root))
    await host.serve()
    return host
  }

  /** Listens, with a host key. */
  async serve(key = this.hostKey): Promise<void> {
    await this.#ssh?.stop()
    this.#ssh = await SshServer.start({
      hostKeys: [key.privateKey.reveal()],
      authorizedKeys: new AuthorizedKeys(this.root),
      exec: async (user, command, channel, signal) => {
        this.commands.push(command)
        await this.beforeCommand?.(command)
        return await this.root.run(command, {
          input: channel,
          output: channel,
          errors: channel.stderr,
          user,
          signal,
        })
      },
    })
  }

  async dial(port: number): Promise<Duplex> {
    const socket = await (port === SSH_PORT ? this.#ssh.dial() : this.#services.dial(port))
    return (socket as Socket).setNoDelay()
  }

  /** Files that were not there at first. */
  async leftovers(): Promise<readonly string[]> {
    return (await filesBelow(this.root)).filter((file) => !this.#before.includes(file))
  }

  async stop(): Promise<void> {
    await Promise.all([this.#ssh.stop(), this.#services.stop()])
    await this.root.remove()
  }
}

/** Files of a machine, without logs and what its users have at home from logging in. */
async function filesBelow(root: GuestRoot): Promise<readonly string[]> {
  const entries = await readdir(root.path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.path.length))
    .filter((file) => !file.startsWith('/var/log/') && !file.startsWith('/run/systemd'))
}

/** Machines by name, and a user who has a key for them. */
export class TestHosts implements AsyncDisposable {
  readonly home: string
  readonly hosts: ReadonlyMap<string, TestHost>
  /** Names that do not answer. */
  readonly silent = new Set<string>()
  readonly dialer: Dialer = {
    dial: async ({ host, port }) => {
      const machine = this.silent.has(host) ? undefined : this.hosts.get(host)
      if (!machine) throw new UnavailableError(`nobody at ${host}`)
      return await machine.dial(port)
    },
  }

  private constructor(home: string, hosts: ReadonlyMap<string, TestHost>) {
    this.home = home
    this.hosts = hosts
  }

  static async start(...names: readonly string[]): Promise<TestHosts> {
    const home = await mkdtemp(join(tmpdir(), 'environs-manual-'))
    const hosts = await Promise.all(names.map(async (name) => [name, await TestHost.start()] as const))
    return new TestHosts(home, new Map(hosts))
  }

  host(name: string): TestHost {
    const host = this.hosts.get(name)
    if (host) return host
    throw new Error(`there is no host ${name}`)
  }

  /** The cloud with one of them as the controller. */
  cloud(endpoint = 'admin@main'): CloudSpec {
    const credential = {
      authType: 'ssh-key',
      attributes: { 'private-key': admin.privateKey, username: 'admin' },
    }
    return { type: 'manual', name: 'lab', endpoint, credential }
  }

  /** A process of the user. */
  async environs(over: EnvironsOptions = {}): Promise<Environs> {
    const { home, dialer } = this
    return await createEnvirons({
      plugins: [manual()],
      dialer,
      dataDir: join(home, 'data'),
      host: { variables: {}, homeDir: home, workingDir: home },
      ...over,
    })
  }

  async leftovers(): Promise<readonly string[]> {
    const all = [...this.hosts].map(async ([name, host]) =>
      (await host.leftovers()).map((file) => `${name}:${file}`),
    )
    return (await Promise.all(all)).flat()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.hosts.values()].map((host) => host.stop()))
    await rm(this.home, { recursive: true, force: true })
  }
}
