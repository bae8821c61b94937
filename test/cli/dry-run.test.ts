/** What a bootstrap would do, before it does anything. */

import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connected } from '../providers/openstack/peer-faults/embedded-model.ts'
import { Account, inventory } from './command.ts'
import { runHere } from './here.ts'

interface Plan {
  readonly zones: readonly string[]
  readonly instance: { readonly chosen: { readonly instanceType: { id: string }; image: { id: string } } }
}

let cloud: EmbeddedOpenStack
let account: Account

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 10 })
  account = await Account.of(cloud)
})
afterAll(async () => {
  await account.remove()
  await cloud.close()
})

const BOOTSTRAP = ['bootstrap', 'embedded', 'prod', '--no-agent', '--config', 'network=private']
const environs = (...args: readonly string[]) => runHere(account, args)

describe('environs bootstrap --dry-run', () => {
  it('says what would be made and why, and makes nothing', async () => {
    cloud.requests.clear()
    const { code, stdout, stderr } = await environs(
      ...BOOTSTRAP,
      '--dry-run',
      '--constraints',
      'cores=2 tags=gpu',
      '--to',
      'zone=az2',
    )
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(
      /^Controller "prod" on embedded\/RegionOne: ubuntu@24\.04\nConstraints: .*cores=2.*\nUnsupported constraints are ignored: tags\nAvailability zones, in this order: az2\nAgent: none\n\n/,
    )
    expect(stdout).toMatch(/^\*  m1\.medium .*amd64/m)
    expect(stdout).toMatch(/^-  m1\.small .*too few cores: 1 of 2/m)
    expect(inventory(cloud)).toEqual([])
    expect(await account.isUnused()).toBe(true)
    expect(cloud.requests.count('GET')).toBeGreaterThan(0)
    const changes = ['PUT', 'PATCH', 'DELETE'].map((method) => cloud.requests.count(method))
    expect(changes).toEqual([0, 0, 0])
    expect(cloud.requests.count('POST')).toBe(cloud.requests.count('POST', /\/auth\/tokens$/))
  })

  it('plans what a bootstrap then makes', async () => {
    const options = ['--constraints', 'mem=3G']
    const planned = await environs('--json', ...BOOTSTRAP, '--dry-run', ...options)
    const { zones, instance } = JSON.parse(planned.stdout) as Plan
    expect((await environs(...BOOTSTRAP, ...options)).code).toBe(0)
    const { stdout } = await environs('--json', 'instances')
    const { instances } = JSON.parse(stdout) as { instances: readonly { zone: string }[] }
    expect(instances).toMatchObject([{ machine: '0', zone: zones[0] }])
    const connection = await connected(cloud)
    const [server] = await connection.compute.servers.all()
    const { image, instanceType } = instance.chosen
    expect(server).toMatchObject({ flavor: { id: instanceType.id }, imageId: image.id })
    expect((await environs('destroy', 'prod', '--yes')).code).toBe(0)
  })

  it('fails as the bootstrap would', async () => {
    const { code, stderr } = await environs(...BOOTSTRAP, '--dry-run', '--to', 'zone=nowhere')
    expect(code).not.toBe(0)
    expect(stderr).toMatch(/^ERROR .*"?nowhere"?/m)
    expect(inventory(cloud)).toEqual([])
  })
})

describe('environs bootstrap --bootstrap-image', () => {
  it('takes an image that no metadata tells of, when it is said what is in it', async () => {
    const connection = await connected(cloud)
    const { id } = await connection.image.images.create({
      name: 'golden',
      diskFormat: 'raw',
      containerFormat: 'bare',
    })
    await connection.image.images.upload(id, Buffer.from('disk'))
    const image = ['--bootstrap-image', id]
    for (const [options, what] of [
      [['--constraints', 'arch=amd64'], 'base'],
      [['--base', 'debian@12'], 'architecture'],
    ] as const) {
      const { code, stderr } = await environs(...BOOTSTRAP, ...image, ...options)
      expect(code).toBe(2)
      expect(stderr).toContain(`of what ${what} the image "${id}" is has to be said`)
    }
    expect((await connection.compute.servers.all()).length).toBe(0)

    const told = [...BOOTSTRAP, ...image, '--base', 'debian@12', '--constraints', 'arch=amd64']
    const { stdout } = await environs('--json', ...told, '--dry-run')
    expect((JSON.parse(stdout) as Plan).instance.chosen.image).toMatchObject({ id, source: 'the user' })
    const { code, stderr } = await environs(...told)
    expect(code, stderr).toBe(0)
    expect((await connection.compute.servers.all()).map(({ imageId }) => imageId)).toEqual([id])
    expect((await environs('destroy', 'prod', '--yes')).code).toBe(0)
    await connection.image.images.delete(id)
    expect(inventory(cloud)).toEqual([])
  })
})
