import { expect, test } from 'vitest'
import { CloudDouble } from '../cloud-double.ts'

test('an image keeps the properties that choose it, and not those of its record', async () => {
  await using cloud = await CloudDouble.start()
  cloud.handler = ({ path }) =>
    path === '/image/v2/images/i'
      ? {
          json: {
            id: 'i',
            name: 'jammy',
            status: 'active',
            visibility: 'public',
            min_disk: 8,
            min_ram: 512,
            size: 1,
            os_distro: 'ubuntu',
            os_version: '22.04',
            architecture: 'x86_64',
            checksum: 'c',
            self: '/v2/images/i',
            protected: false,
          },
        }
      : undefined
  const image = await cloud.connect().image.images.get('i')
  expect(image).toMatchObject({ id: 'i', name: 'jammy', status: 'active', minDisk: 8, minRam: 512, tags: [] })
  expect(image.properties).toEqual({ os_distro: 'ubuntu', os_version: '22.04', architecture: 'x86_64' })
})
