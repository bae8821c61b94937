/** A user of the real cloud, with our command and OpenStack's own. */

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const MAIN = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url))
const CLOUD = process.env['OPENSTACK_CLOUD_UNDER_TEST'] ?? ''
const CLOUDS_FILE = process.env['OS_CLIENT_CONFIG_FILE'] ?? ''

/** What a bootstrap there is told, but for the controller's name. */
const ON_REAL_MACHINES =
  '--config network=vmnet --to zone=vms --base debian@12 --constraints instance-type=v1.small'.split(' ')

/** What of ours there is: in the cloud, and on this host. */
interface Left {
  readonly servers: readonly string[]
  readonly groups: readonly string[]
  readonly ports: readonly string[]
  /** Ids of the processes of QEMU that the cloud runs. */
  readonly machines: readonly number[]
}

export const NOTHING: Left = { servers: [], groups: [], ports: [], machines: [] }

interface Listed {
  readonly ID: string
  readonly Name: string
}

/** Processes of QEMU with a disk of this cloud. */
async function machines(): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (/^[^\0]*qemu-system/.test(command) && command.includes(`${dirname(CLOUDS_FILE)}/nova/`)) {
      found.push(Number(name))
    }
  }
  return found
}

/** A user's data, in a directory that ends with it. */
export class User implements AsyncDisposable {
  readonly #home: string

  private constructor(home: string) {
    this.#home = home
  }

  static async start(): Promise<User> {
    return new User(await mkdtemp(join(tmpdir(), 'environs-vms-')))
  }

  /** A command of ours, in a process of its own; what it wrote. */
  async environs(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<string> {
    const env = { ...this.#variables(), ENVIRONS_DATA: this.#home, ...variables }
    return (await run(process.execPath, [MAIN, ...args], { env })).stdout
  }

  async bootstrap(name: string, variables: NodeJS.ProcessEnv = {}): Promise<void> {
    await this.environs(['--json', 'bootstrap', `${CLOUD}/RegionOne`, name, ...ON_REAL_MACHINES], variables)
  }

  /** OpenStack's own command; its one document. */
  async openstack<T>(...args: readonly string[]): Promise<T> {
    const env = { ...this.#variables(), OS_CLOUD: CLOUD, OS_COMPUTE_API_VERSION: '2.92' }
    return JSON.parse((await run('/usr/bin/openstack', [...args, '-f', 'json'], { env })).stdout) as T
  }

  /** What there is of everybody's bootstraps: this cloud is nobody else's. */
  async left(): Promise<Left> {
    const [servers, groups, ports] = await Promise.all([
      this.openstack<Listed[]>('server', 'list'),
      this.openstack<Listed[]>('security', 'group', 'list'),
      this.openstack<Listed[]>('port', 'list', '--network', 'vmnet'),
    ])
    const ours = (listed: readonly Listed[]) =>
      listed.map(({ Name }) => Name).filter((name) => name.startsWith('juju-'))
    return {
      servers: servers.map(({ Name }) => Name),
      groups: ours(groups),
      ports: ports.map(({ ID }) => ID),
      machines: await machines(),
    }
  }

  #variables(): NodeJS.ProcessEnv {
    return {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: this.#home,
      OS_CLIENT_CONFIG_FILE: CLOUDS_FILE,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#home, { recursive: true, force: true })
  }
}
