/** The embedded cloud, used by OpenStack's own command. */

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)

let cloud: EmbeddedOpenStack
let home: string

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack()
  home = await mkdtemp(join(tmpdir(), 'environs-embedded-'))
  await writeFile(join(home, 'clouds.yaml'), cloud.cloudsYaml(), { mode: 0o600 })
})
afterAll(async () => {
  await rm(home, { recursive: true, force: true })
  await cloud.close()
})

async function openstack(...args: readonly string[]): Promise<string> {
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: home,
    OS_CLIENT_CONFIG_FILE: join(home, 'clouds.yaml'),
    OS_CLOUD: 'embedded',
  }
  return (await run('/usr/bin/openstack', args, { env })).stdout
}

async function shown<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await openstack(...args, '-f', 'json')) as T
}

const names = async (...args: readonly string[]): Promise<string[]> =>
  (await shown<{ Name: string }[]>(...args)).map(({ Name }) => Name)

describe('the openstack command', () => {
  it('lists what the cloud was started with', async () => {
    expect(await names('network', 'list')).toEqual(expect.arrayContaining(['public', 'private']))
    expect(await names('image', 'list')).toEqual(
      expect.arrayContaining(['ubuntu-noble-24.04-server-amd64', 'cirros']),
    )
    expect(await names('flavor', 'list')).toEqual(expect.arrayContaining(['m1.tiny', 'm1.xlarge']))
    const catalog = await shown<{ Type: string }[]>('catalog', 'list')
    expect(catalog.map(({ Type }) => Type)).toEqual(
      expect.arrayContaining(['identity', 'compute', 'network', 'image']),
    )
    const zones = await shown<{ 'Zone Name': string }[]>('availability', 'zone', 'list', '--compute')
    expect(zones.map((zone) => zone['Zone Name'])).toEqual(['az1', 'az2', 'az3'])
  })

  it('creates, shows and deletes a server with a group of its own', async () => {
    await openstack('security', 'group', 'create', 'web')
    const rule = await shown<Record<string, unknown>>(
      'security',
      'group',
      'rule',
      'create',
      '--protocol',
      'tcp',
      '--dst-port',
      '80',
      'web',
    )
    expect(rule).toMatchObject({ protocol: 'tcp', port_range_min: 80, remote_ip_prefix: '0.0.0.0/0' })
    const machine = '--flavor m1.tiny --image cirros --network private --security-group web --property room=7'
    await openstack('server', 'create', '--wait', ...machine.split(' '), 'one')
    expect(await names('server', 'list')).toEqual(['one'])
    const server = await shown<Record<string, unknown>>('server', 'show', 'one')
    expect(server).toMatchObject({
      status: 'ACTIVE',
      properties: { room: '7' },
      security_groups: [{ name: 'web' }],
    })
    expect(await openstack('console', 'log', 'show', 'one')).not.toBe('')
    await openstack('server', 'delete', '--wait', 'one')
    expect(await names('server', 'list')).toEqual([])
    await openstack('security', 'group', 'delete', 'web')
    const { demo } = cloud.inventory()
    expect(demo).toMatchObject({ servers: [], ports: [], securityGroups: [] })
  })
})
