/** An OpenStack with simulated machines, and a user who bootstraps controllers on it. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BootstrapControllerParams,
  type BootstrapOptions,
  createEnvirons,
  type Dialer,
  type Environs,
  type EnvironsOptions,
  type PackedAgent,
  proxyDialer,
  Secret,
} from 'cloud-environs'
import openstack from 'cloud-environs/providers/openstack'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { packFakeAgent } from './fake-agent.ts'

export const CLOUD_PASSWORD = 'cloud-pa55word'

/** Nothing is far away. */
const DIAL_OPTS = { timeout: 1_200_000, retryDelay: 20, addressesDelay: 20 }

/** See above. Disposing it removes all of it. */
export class LiveCloud implements AsyncDisposable {
  readonly openstack: EmbeddedOpenStack
  readonly directory: string
  readonly dialer: Dialer
  readonly credential = {
    authType: 'userpass',
    attributes: { username: 'demo', password: new Secret(CLOUD_PASSWORD), 'tenant-name': 'demo' },
  }

  private constructor(cloud: EmbeddedOpenStack, directory: string) {
    this.openstack = cloud
    this.directory = directory
    this.dialer = proxyDialer(cloud.proxy)
  }

  static async start(): Promise<LiveCloud> {
    const cloud = await startEmbeddedOpenStack({
      buildMillis: 5,
      deleteMillis: 2,
      users: [{ name: 'demo', password: CLOUD_PASSWORD, projects: ['demo'] }],
    })
    return new LiveCloud(cloud, await mkdtemp(join(tmpdir(), 'environs-live-')))
  }

  /** A runtime on the user's files, as each process has its own. */
  async environs(over: Partial<EnvironsOptions> = {}): Promise<Environs> {
    const { directory: dataDir, dialer } = this
    return await createEnvirons({ plugins: [openstack()], dataDir, dialer, ...over })
  }

  /** A dialer that somebody changed: to some ports it leads elsewhere. */
  rerouted(routes: Readonly<Record<number, Dialer['dial']>>): Dialer {
    return {
      dial: (target, options) => routes[target.port]?.(target, options) ?? this.dialer.dial(target, options),
    }
  }

  async agent(kind: 'serving' | 'crashing' = 'serving'): Promise<PackedAgent> {
    return await packFakeAgent(kind, this.directory)
  }

  params(agent: PackedAgent, over: Partial<BootstrapControllerParams> = {}): BootstrapControllerParams {
    const { authUrl: endpoint } = this.openstack
    const { credential } = this
    return {
      controllerName: 'main',
      cloud: { type: 'openstack', name: 'live', region: 'RegionOne', endpoint, credential },
      modelConfig: { network: 'private' },
      agentBuilds: [agent],
      ...over,
    }
  }

  options(over: BootstrapOptions = {}): BootstrapOptions {
    return { ...over, dialOpts: { ...DIAL_OPTS, ...over.dialOpts } }
  }

  /** All that users have there. */
  inventory(): readonly unknown[] {
    return Object.values(this.openstack.inventory()).flatMap((project) => Object.values(project).flat())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.openstack.close()
    await rm(this.directory, { recursive: true })
  }
}
