/** Many machines through the provisioner, on an embedded cloud that fails at random. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Clock,
  createEnvirons,
  type Environ,
  type Environs,
  type MachineOutcome,
  type MachineParams,
  type RandomSource,
  Secret,
  type StartMachinesOptions,
} from 'cloud-environs'
import { openstack } from 'cloud-environs/providers/openstack'
import {
  type EmbeddedOpenStack,
  type FaultAction,
  startEmbeddedOpenStack,
} from 'cloud-environs/providers/openstack/embedded'

const FAULTS: readonly FaultAction[] = [
  'reset-before',
  'reset-after',
  { status: 409, body: { conflictingRequest: { code: 409, message: 'no' } } },
  { status: 429, headers: { 'retry-after': '1' }, body: { overLimit: { code: 429, message: 'no' } } },
  { status: 500, body: { computeFault: { code: 500, message: 'no' } } },
]

/** Requests for each machine that faults are spread over, and how many of them fail. */
const REQUESTS_EACH = 8
const FAULTY = 0.1
/** Builds that find no host. */
const NO_HOST = 0.05

const CONTROLLER = 'faulty'

const credential = {
  authType: 'userpass',
  attributes: { username: 'demo', password: new Secret('secret'), 'tenant-name': 'demo' },
}

/** Sleeps are a tenth as long; deadlines are what they are. */
const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, { signal } = {}) =>
    sleep(ms / 10, undefined, signal ? { signal, ref: true } : {}).catch((error: unknown) => {
      signal?.throwIfAborted()
      throw error
    }),
}

/** The same numbers for the same seed (mulberry32). */
function seededNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Whether it is the group of a machine, which is not the controller. */
const isMachineGroup = (name: string): boolean => /^juju-.{36}-.{36}-[1-9]\d*$/.test(name)

/** An embedded cloud with a controller on it. */
export class FaultyCloud implements AsyncDisposable {
  readonly cloud: EmbeddedOpenStack
  readonly environs: Environs
  readonly environ: Environ
  readonly #directory: string
  readonly #number: () => number

  private constructor(
    cloud: EmbeddedOpenStack,
    environs: Environs,
    environ: Environ,
    directory: string,
    number: () => number,
  ) {
    this.cloud = cloud
    this.environs = environs
    this.environ = environ
    this.#directory = directory
    this.#number = number
  }

  static async start(
    seed: number,
    modelConfig: Readonly<Record<string, unknown>> = {},
  ): Promise<FaultyCloud> {
    const many = 10_000
    const cloud = await startEmbeddedOpenStack({
      buildMillis: 20,
      deleteMillis: 10,
      quotas: { instances: many, securityGroups: many, securityGroupRules: 10 * many, ports: many },
      networks: [{ name: 'private', subnets: [{ cidr: '10.0.0.0/16' }] }],
    })
    const directory = await mkdtemp(join(tmpdir(), 'environs-faulty-'))
    const number = seededNumbers(seed)
    const random: RandomSource = {
      number,
      uuid: () => crypto.randomUUID(),
      hex: (bytes) =>
        crypto
          .randomUUID()
          .replaceAll('-', '')
          .slice(0, bytes * 2),
    }
    const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
    const environs = await createEnvirons({
      plugins: [openstack()],
      clock,
      random,
      logger: silent,
      dataDir: directory,
    })
    await environs.bootstrap({
      agent: 'none',
      controllerName: CONTROLLER,
      cloud: {
        type: 'openstack',
        name: 'embedded',
        region: 'RegionOne',
        endpoint: cloud.authUrl,
        credential,
      },
      modelConfig: { network: 'private', ...modelConfig },
    })
    const environ = await environs.openController(CONTROLLER, { credential })
    return new FaultyCloud(cloud, environs, environ, directory, number)
  }

  /** Starts machines while requests fail at random; the cloud is whole again in the end. */
  async startMachines(
    machines: readonly MachineParams[],
    options: StartMachinesOptions = {},
  ): Promise<readonly MachineOutcome[]> {
    const requests = machines.length * REQUESTS_EACH
    for (let n = 0; n < requests * FAULTY; n++) {
      const action = FAULTS[Math.floor(this.#number() * FAULTS.length)] ?? 'reset-before'
      this.cloud.faults.add({ skip: Math.floor(this.#number() * requests), action })
    }
    try {
      return await this.environs.startMachines(CONTROLLER, this.environ, machines, {
        ...options,
        onProgress: (event) => {
          options.onProgress?.(event)
          if (event.kind === 'attempt' && this.#number() < NO_HOST)
            this.cloud.failNextBuild('No valid host was found. There are not enough hosts available.')
        },
      })
    } finally {
      this.cloud.faults.clear()
    }
  }

  /** Ids of what no record owns. */
  async orphans(): Promise<readonly string[]> {
    const orphans = await this.environs.findOrphans(CONTROLLER, this.environ)
    return orphans.map(({ instance, reason }) => `${instance.id}: ${reason}`)
  }

  /** Removes what no record owns; gives the names of the groups of machines that are there all the same. */
  async collect(): Promise<readonly string[]> {
    await this.environs.removeLeftovers(CONTROLLER, this.environ)
    const projects = Object.values(this.cloud.inventory())
    return projects
      .flatMap(({ securityGroups }) => securityGroups.map(({ name }) => name))
      .filter(isMachineGroup)
  }

  /** Names of the servers besides the controller's. */
  serverNames(): readonly string[] {
    const servers = Object.values(this.cloud.inventory()).flatMap((project) => project.servers)
    return servers.map(({ name }) => name).filter((name) => !name.endsWith('-0'))
  }

  /** Destroys everything; gives what is left all the same. */
  async destroy(): Promise<readonly unknown[]> {
    await this.environs.destroyController(CONTROLLER, { credential })
    return Object.values(this.cloud.inventory()).flatMap((project) => Object.values(project).flat())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.environ[Symbol.asyncDispose]()
    await this.cloud.close()
    await rm(this.#directory, { recursive: true, force: true })
  }
}
