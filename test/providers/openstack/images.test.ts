import { describe, expect, it } from 'vitest'
import type { Image, OpenStackConnection } from '../../../providers/openstack/api/index.ts'
import { listImages } from '../../../providers/openstack/images.ts'

/** What is told of images of these names and properties. */
async function told(...images: readonly Partial<Image>[]) {
  const all = images.map((image, index) => ({
    id: `i${index}`,
    name: '',
    minDisk: 0,
    minRam: 0,
    properties: {},
    ...image,
  }))
  const connection = { image: { images: { all: async () => all } } }
  return await listImages(connection as unknown as OpenStackConnection, new AbortController().signal)
}

describe('what is in an image', () => {
  it.each([
    ['ubuntu-noble-24.04-server-amd64', 'ubuntu@24.04 amd64'],
    ['noble-server-cloudimg-arm64', 'ubuntu@24.04 arm64'],
    ['ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20240101', 'ubuntu@22.04 amd64'],
    ['auto-sync/ubuntu-focal-20.04-amd64-server-20240101-disk1.img', 'ubuntu@20.04 amd64'],
    ['Ubuntu 24.04 LTS', 'ubuntu@24.04 amd64'],
    ['Ubuntu 24.04.1 LTS (Noble Numbat)', 'ubuntu@24.04 amd64'],
    ['debian-12-genericcloud-arm64-20240101-1617', 'debian@12 arm64'],
    ['Debian 11', 'debian@11 amd64'],
    ['bookworm', 'debian@12 amd64'],
    ['CentOS-Stream-GenericCloud-9-20240101.0.x86_64', 'centos@9 amd64'],
    ['CentOS Stream 9', 'centos@9 amd64'],
    ['Rocky-9-GenericCloud-Base.latest.aarch64', 'rocky@9 arm64'],
    ['AlmaLinux-9-GenericCloud-9.4-20240507.x86_64', 'almalinux@9 amd64'],
    ['Fedora-Cloud-Base-40-1.14.x86_64', 'fedora@40 amd64'],
    ['rhel-9.4-x86_64-kvm', 'rhel@9 amd64'],
  ])('named %s is %s', async (name, expected) => {
    const found = (await told({ name })).map(({ os, version, arch }) => `${os}@${version} ${arch}`)
    expect(found).toEqual([expected])
  })

  it.each(['cirros-0.6.2-x86_64-disk', 'windows-server-2022', 'my backup of 24.04', 'noblesse', ''])(
    'named %j is not known',
    async (name) => {
      expect(await told({ name })).toEqual([])
    },
  )

  it.each([
    [{ os_distro: 'ubuntu', os_version: 'noble' }, 'debian-12', 'ubuntu@24.04'],
    [{ os_distro: 'Ubuntu', os_version: '22.04' }, 'x', 'ubuntu@22.04'],
    [{ os_distro: 'rocky linux', os_version: '9' }, 'x', 'rocky@9'],
    [{ os_distro: 'debian' }, 'debian-12', 'debian@12'],
    [{ os_distro: 'debian' }, 'ubuntu-24.04', undefined],
    [{ os_version: '22.04' }, 'ubuntu-24.04', undefined],
  ])('with %j and the name %s is %s', async (properties, name, expected) => {
    const [found] = await told({ name, properties })
    expect(found && `${found.os}@${found.version}`).toBe(expected)
  })

  it('of an architecture that nobody knows is not known', async () => {
    expect(await told({ name: 'ubuntu-24.04', properties: { architecture: 'vax' } })).toEqual([])
  })
})

describe('images', () => {
  it('come newest first, those that were made of machines last', async () => {
    const properties = { os_distro: 'ubuntu', os_version: '24.04' }
    const snapshot = { id: 'snapshot', properties: { ...properties, image_type: 'snapshot' } }
    const found = await told(snapshot, { id: 'new', properties }, { id: 'old', properties })
    expect(found.map(({ id }) => id)).toEqual(['new', 'old', 'snapshot'])
  })

  it('say how much disk and memory they need, and where they are from', async () => {
    const [image] = await told({ name: 'noble', minDisk: 3, minRam: 512 })
    expect(image).toMatchObject({ minDisk: 3072, minMem: 512, source: 'image service' })
  })
})
