/**
 * The OpenStack that the provider's suites run against: the embedded one, or, when `OPENSTACK_CLOUD_UNDER_TEST` names a
 * cloud of `clouds.yaml`, a real one. Nothing else differs.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEnvirons } from 'cloud-environs'
import type { HostEnvironment } from 'cloud-environs/provider'
import {
  connect,
  connectOptionsFor,
  loadCloudConfigs,
  type OpenStackConnection,
  openstack,
} from 'cloud-environs/providers/openstack'
import type { Subject } from '../../environ-contract.ts'
import { fastClock } from './faults/fast-clock.ts'

/** The network of the test project that machines go on. */
const NETWORK = 'private'

/** A cloud under test, and a connection of the test's own to look at it. */
export interface CloudUnderTest extends Subject {
  readonly connection: OpenStackConnection
  readonly host: HostEnvironment
  readonly cloudName: string
}

/** What the suites print is searched for this password. */
const users = [{ name: 'demo', password: 'c4n4ry-of-demo', projects: ['demo'] }]

/** Names of what instances leave when they are not removed. */
async function leftovers({
  compute,
  network,
  blockStorage,
}: OpenStackConnection): Promise<readonly string[]> {
  const [servers, groups, ports, floatingIps, volumes] = await Promise.all([
    compute.servers.all({ name: '^juju-' }),
    network.securityGroups.all(),
    network.ports.all(),
    network.floatingIps.all(),
    blockStorage.volumes.all(),
  ])
  return [
    ...servers.map(({ name, status }) => `server ${name} ${status}`),
    ...groups.filter(({ name }) => name.startsWith('juju-')).map(({ name }) => `security group ${name}`),
    ...ports
      .filter(({ deviceOwner, name }) => deviceOwner.startsWith('compute:') || name.startsWith('juju-'))
      .map(({ id }) => `port ${id}`),
    ...floatingIps.map(({ floatingIpAddress }) => `floating IP ${floatingIpAddress}`),
    ...volumes.map(({ id }) => `volume ${id}`),
  ]
}

/** Starts the embedded cloud, or finds the real one. */
export async function cloudUnderTest(): Promise<CloudUnderTest> {
  const real = process.env['OPENSTACK_CLOUD_UNDER_TEST']
  const directory = await mkdtemp(join(tmpdir(), 'environs-cloud-'))
  const embedded =
    real === undefined
      ? await (await import('cloud-environs/providers/openstack/embedded')).startEmbeddedOpenStack({
          users,
          buildMillis: 20,
          deleteMillis: 10,
        })
      : undefined
  const file = join(directory, 'clouds.yaml')
  if (embedded) await writeFile(file, embedded.cloudsYaml(), { mode: 0o600 })
  const variables = embedded ? { OS_CLIENT_CONFIG_FILE: file } : { ...process.env }
  const host: HostEnvironment = {
    variables,
    homeDir: embedded ? directory : homedir(),
    workingDir: directory,
  }
  const cloudName = real ?? 'embedded'
  const { clouds } = await createEnvirons({ plugins: [openstack()], host, dataDir: join(directory, 'data') })
  const { spec: cloud } = await clouds.find({ cloud: cloudName })
  const connection = connect(await connectOptionsFor((await loadCloudConfigs(host)).get(cloudName)))
  // A real cloud may hold what others made; only what comes to it counts.
  const before = new Set(await leftovers(connection))
  return {
    plugin: openstack(),
    cloud,
    cloudName,
    ...(embedded ? { clock: fastClock } : {}),
    host,
    connection,
    modelConfig: { network: NETWORK },
    leftovers: async () => (await leftovers(connection)).filter((name) => !before.has(name)),
    dispose: async () => {
      await connection.close()
      await embedded?.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
