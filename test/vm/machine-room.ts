/** An embedded cloud whose servers are virtual machines, and a user of it. */

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createEnvirons, type Credential, type Environs, proxyDialer, Secret } from 'cloud-environs'
import { openstack } from 'cloud-environs/providers/openstack'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { vi } from 'vitest'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

/** A cloud, where its machines are, and a user. */
export interface MachineRoom extends AsyncDisposable {
  readonly cloud: EmbeddedOpenStack
  readonly environs: Environs
  readonly credential: Credential
  /** What a bootstrap on it is told. */
  params(controllerName: string): Parameters<Environs['bootstrap']>[0]
  /** The command in a process of its own; what it wrote. */
  command(...args: readonly string[]): Promise<string>
  /** What machines there are: their directories, and processes that have to do with them. */
  left(): Promise<{ directories: string[]; processes: number[] }>
}

/** Ids of the processes that run in a directory, or were told of it. */
async function processesOf(directory: string): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const cwd = await readlink(`/proc/${name}/cwd`).catch(() => '')
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (cwd.startsWith(directory) || command.includes(directory)) found.push(Number(name))
  }
  return found
}

/** A disk with nothing on it: a machine that does not boot. */
export async function blankImage(directory: string): Promise<string> {
  const path = join(directory, 'blank.raw')
  await writeFile(path, Buffer.alloc(1024 ** 2))
  return path
}

const guestImage = async (): Promise<string> =>
  join(process.env['GUEST_IMAGE_HOME'] ?? '/var/tmp/guest-image', 'debian-12-cloud.qcow2')

/** The image is the one that `test/guest-image/build` builds, unless another is to be made. */
export async function machineRoom(
  makeImage: (directory: string) => Promise<string> = guestImage,
): Promise<MachineRoom> {
  const directory = await mkdtemp(join(tmpdir(), 'environs-vm-'))
  const [machines, dataDir] = [join(directory, 'machines'), join(directory, 'data')]
  const cloudsFile = join(directory, 'clouds.yaml')
  await mkdir(machines)
  vi.stubEnv('TMPDIR', machines)
  const cloud = await startEmbeddedOpenStack({ guests: { qemu: { image: await makeImage(directory) } } })
  await writeFile(cloudsFile, cloud.cloudsYaml())
  const variables = cloud.environment()
  const environs = await createEnvirons({ plugins: [openstack()], dataDir, dialer: proxyDialer(cloud.proxy) })
  const credential = {
    authType: 'userpass',
    attributes: {
      username: variables['OS_USERNAME'] ?? '',
      password: new Secret(variables['OS_PASSWORD'] ?? ''),
      'tenant-name': variables['OS_PROJECT_NAME'] ?? '',
    },
  }
  return {
    cloud,
    environs,
    credential,
    params: (controllerName) => ({
      controllerName,
      base: 'debian@12',
      cloud: {
        type: 'openstack',
        name: 'embedded',
        region: 'RegionOne',
        endpoint: cloud.authUrl,
        credential,
      },
    }),
    command: async (...args) => {
      const env = { ENVIRONS_DATA: dataDir, ENVIRONS_PROXY: cloud.proxy, OS_CLIENT_CONFIG_FILE: cloudsFile }
      return (await promisify(execFile)(process.execPath, [MAIN, ...args], { env })).stdout
    },
    left: async () => ({ directories: await readdir(machines), processes: await processesOf(machines) }),
    [Symbol.asyncDispose]: async () => {
      await cloud.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
