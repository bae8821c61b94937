/** A cloud that the rules of the server service are held against, and what a test asks of it. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Authorizer,
  createEnvirons,
  type Environ,
  type EnvironsOptions,
  newModelConfig,
  type ServerService,
} from 'cloud-environs'
import { onTestFinished } from 'vitest'
import { recordingLogger } from '../cloud/recording-logger.ts'
import type { Subject } from '../environ-contract.ts'

/** An image that a test wants; what is left out suits the host's flavor. */
export interface WantedImage {
  readonly pending?: boolean
  readonly arch?: string
  /** MiB. */
  readonly minDisk?: number
  readonly virtType?: string
}

/** The only difference between the clouds. What it makes for a test is its own to remove. */
export interface ServerHost extends Omit<Subject, 'leftovers'> {
  /** Id of an instance type. */
  readonly flavor: string
  /** Id of an image that its flavor boots. */
  readonly image: string
  /** A network on which servers may have public addresses. */
  network(): Promise<string>
  /** A port of somebody else on a network; gives how it is removed. */
  port(network: string, name: string): Promise<() => Promise<void>>
  /** A security group of the networks' project. */
  securityGroup(): Promise<string>
  /** One that servers on these networks may not have; absent where the cloud shows no such. */
  foreignSecurityGroup?(): Promise<string>
  newImage(wanted: WantedImage): Promise<string>
  /** What the cloud has of servers, public addresses and ports of theirs included. */
  leftovers(): Promise<readonly string[]>
}

/** A model on a host, and the service over it. All of its servers are gone when the test is done. */
export interface Bench {
  readonly environ: Environ
  readonly service: ServerService
  /** The service over another view of the environ, or for somebody else. */
  readonly serve: (environ: Environ, authorizer?: Authorizer) => ServerService
  readonly network: string
}

/** Opens one; `options` may bring a store or an authorizer. */
export async function openBench(
  host: ServerHost,
  options: Pick<EnvironsOptions, 'serverStore' | 'authorizer' | 'clock'> = {},
): Promise<Bench> {
  const dataDir = await mkdtemp(join(tmpdir(), 'environs-servers-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const clock = host.clock ? { clock: host.clock } : {}
  const environs = await createEnvirons({
    plugins: [host.plugin],
    dataDir,
    logger: recordingLogger(),
    ...clock,
    ...options,
  })
  const { type } = host.cloud
  const provider = environs.providers.provider(type)
  const given = await newModelConfig({
    ...host.modelConfig,
    name: 'servers',
    type,
    uuid: crypto.randomUUID(),
  })
  const config = await provider.prepareConfig({ cloud: host.cloud, config: given })
  const environ = await environs.open({ cloud: host.cloud, config })
  onTestFinished(async () => {
    await environ.destroy()
    await environ[Symbol.asyncDispose]()
  })
  const serve: Bench['serve'] = (...given) => environs.servers(...given)
  return { environ, service: serve(environ), serve, network: await host.network() }
}
