/** A model on an embedded cloud whose faults a test plants. */

import { setTimeout as sleep } from 'node:timers/promises'
import { createEnvirons, type Environs, Secret } from 'cloud-environs'
import type { Clock, Logger } from 'cloud-environs/provider'
import { connect, connectOptionsFor, loadCloudConfigs, openstack } from 'cloud-environs/providers/openstack'
import {
  type EmbeddedOpenStack,
  type EmbeddedOpenStackOptions,
  startEmbeddedOpenStack,
} from 'cloud-environs/providers/openstack/embedded'
import { onTestFinished } from 'vitest'
import { MemoryControllerStore } from 'cloud-environs/testing'
import { openModel } from '../../../environ-contract.ts'

/** Time that goes twenty times as fast: what is waited for between looks takes long. */
const began = Date.now()
const fastClock: Clock = {
  now: () => began + (Date.now() - began) * 20,
  sleep: (ms, { signal } = {}) =>
    sleep(ms / 20, undefined, signal ? { signal } : undefined).catch((error: unknown) => {
      signal?.throwIfAborted()
      throw error
    }),
}

/** A cloud of this test's own, and a connection to it. Both end with the test. */
export async function embedded(options: EmbeddedOpenStackOptions = {}) {
  const cloud = await startEmbeddedOpenStack({ buildMillis: 5, deleteMillis: 5, users, ...options })
  onTestFinished(() => cloud.close())
  return { cloud, connection: await connected(cloud) }
}

/** A connection of a user, default `demo`. */
export async function connected(cloud: EmbeddedOpenStack, user?: string) {
  const host = { variables: cloud.environment(user), homeDir: '/nonexistent', workingDir: '/nonexistent' }
  const connection = connect(await connectOptionsFor((await loadCloudConfigs(host)).get('envvars')))
  onTestFinished(() => connection.close())
  return connection
}

/** What a model is to be, and who hears and times what is done with it. */
interface ModelOptions {
  readonly config?: Record<string, unknown>
  readonly clock?: Clock
  readonly logger?: Logger
}

/** {@link embedded}, with a model on its network `private`. */
export async function embeddedModel(
  options: EmbeddedOpenStackOptions = {},
  { config = { network: 'private' }, clock = fastClock, logger }: ModelOptions = {},
) {
  const { cloud, connection } = await embedded(options)
  const environs = await createEnvirons({
    plugins: [openstack()],
    clock,
    controllers: new MemoryControllerStore(),
    ...(logger ? { logger } : {}),
  })
  const model = await openModel(environs, { cloud: specOf(cloud), modelConfig: config })
  return {
    cloud,
    connection,
    environs,
    ...model,
    controller: (params?: object) => bootstrapped(environs, cloud, params),
  }
}

const password = 'c4n4ry-of-demo'
const users = [{ name: 'demo', password, projects: ['demo'] }]

const credential = {
  authType: 'userpass',
  attributes: { username: 'demo', password: new Secret(password), 'tenant-name': 'demo' },
}

/** Where the cloud is, for an environ on it. */
const specOf = ({ authUrl: endpoint }: EmbeddedOpenStack) => ({
  type: 'openstack',
  name: 'embedded',
  region: 'RegionOne',
  endpoint,
  credential,
})

/** A controller, started as an orchestrator does: zone after zone. */
const bootstrapped = (environs: Environs, cloud: EmbeddedOpenStack, params: object = {}) =>
  environs.bootstrap({
    agent: 'none',
    controllerName: 'c',
    cloud: specOf(cloud),
    modelConfig: { network: 'private' },
    ...params,
  })

/** What users made and nobody removed, by kind and name. */
export const left = (cloud: EmbeddedOpenStack): readonly string[] =>
  Object.entries(cloud.inventory()['demo'] ?? {}).flatMap(([kind, all]) =>
    (all as readonly { name?: string }[]).map(({ name = '' }) => `${kind} ${name}`.trim()),
  )

/** The id of an image, of the network and so on, to create a plain server with. */
export async function plainServer({
  compute,
  image,
  network,
}: Awaited<ReturnType<typeof embedded>>['connection']) {
  const [[cirros], [flavor], [net]] = await Promise.all([
    image.images.all({ name: 'cirros' }),
    compute.flavors.all(),
    network.networks.all({ name: 'private' }),
  ])
  return { image: cirros?.id ?? '', flavor: flavor?.id ?? '', networks: [{ network: net?.id ?? '' }] }
}
