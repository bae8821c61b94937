/**
 * The typed clients of three users on the embedded cloud, or, when `OPENSTACK_CLOUD_UNDER_TEST` is set, on a real one: the
 * same calls have to come to the same on both. With `OPENSTACK_ANSWERS` the shapes of the answers are kept there.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import {
  connect,
  type ConnectOptions,
  connectOptionsFor,
  loadCloudConfigs,
  type OpenStackConnection,
} from '../../../../providers/openstack/api/index.ts'
import {
  type EmbeddedOpenStackOptions,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { Answers } from './answers.ts'

/** Two users of projects of their own, and an administrator. */
export interface Clients {
  readonly demo: OpenStackConnection
  readonly alt: OpenStackConnection
  readonly admin: OpenStackConnection
  /** Begins every name, so that what others have is not met. */
  readonly prefix: string
  close(): Promise<void>
}

const NAMES = {
  embedded: ['embedded', 'embedded-alt', 'embedded-admin'],
  real: ['loopback-demo', 'loopback-alt', 'loopback'],
} as const

export async function startClients(options: EmbeddedOpenStackOptions = {}): Promise<Clients> {
  const isReal = process.env['OPENSTACK_CLOUD_UNDER_TEST'] !== undefined
  const cloud = isReal ? undefined : await startEmbeddedOpenStack(options)
  const directory = await mkdtemp(join(tmpdir(), 'environs-clients-'))
  const file = join(directory, 'clouds.yaml')
  if (cloud) await writeFile(file, cloud.cloudsYaml(), { mode: 0o600 })
  const variables = cloud ? { OS_CLIENT_CONFIG_FILE: file } : { ...process.env }
  const configs = await loadCloudConfigs({ variables, homeDir: homedir(), workingDir: directory })
  const [demo, alt, admin] = cloud ? NAMES.embedded : NAMES.real
  const answers = new Answers(await servicesOf(await connectOptionsFor(configs.get(demo))))
  const { dispatcher } = answers
  const open = async (name: string) =>
    connect({ ...(await connectOptionsFor(configs.get(name))), dispatcher })
  const connections = { demo: await open(demo), alt: await open(alt), admin: await open(admin) }
  const keepIn = process.env['OPENSTACK_ANSWERS']
  return {
    ...connections,
    prefix: `ops-${randomBytes(3).toString('hex')}`,
    close: async () => {
      await Promise.all(Object.values(connections).map((connection) => connection.close()))
      await answers.close()
      if (keepIn !== undefined) await answers.save(keepIn)
      await cloud?.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function servicesOf(options: ConnectOptions): Promise<(readonly [url: string, type: string])[]> {
  await using probe = connect(options)
  const types = ['identity', 'compute', 'network', 'image', 'block-storage']
  return await Promise.all(types.map(async (type) => [await probe.identity.endpoint(type), type] as const))
}

/** Deletes it when the test is over, however it ends; what was made last goes first. */
export function atTheEnd(remove: () => Promise<unknown>): void {
  onTestFinished(async () => {
    await remove()
  })
}
