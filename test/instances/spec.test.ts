import type { Constraints, ImageMetadata, InstanceType } from 'cloud-environs'
import { findInstanceSpec } from 'cloud-environs/provider'
import { describe, expect, it, test } from 'vitest'

const type = (name: string, over: Partial<InstanceType> = {}): InstanceType => ({
  id: name,
  name,
  arch: 'amd64',
  cpuCores: 1,
  mem: 2048,
  rootDisk: 20_480,
  cost: 10,
  ...over,
})

const image = (id: string, over: Partial<ImageMetadata> = {}): ImageMetadata => ({
  id,
  arch: 'amd64',
  os: 'ubuntu',
  version: '24.04',
  ...over,
})

const BASE = { os: 'ubuntu', version: '24.04' }

function spec(
  images: readonly ImageMetadata[],
  types: readonly InstanceType[],
  constraints: Constraints = {},
) {
  const found = findInstanceSpec(images, { base: BASE, constraints, region: 'north' }, types)
  return [found.instanceType.name, found.image.id]
}

describe('the instance type and the image', () => {
  test.each<
    [string, readonly ImageMetadata[], readonly InstanceType[], Constraints, readonly [string, string]]
  >([
    [
      'are the cheapest type and the first image',
      [image('i'), image('j')],
      [type('b', { cost: 20 }), type('a')],
      {},
      ['a', 'i'],
    ],
    [
      'are of the base that is wanted',
      [image('old', { version: '22.04' }), image('deb', { os: 'debian' }), image('i')],
      [type('a')],
      {},
      ['a', 'i'],
    ],
    [
      'are of one architecture',
      [image('i', { arch: 'arm64' })],
      [type('a'), type('b', { arch: 'arm64', cost: 20 })],
      {},
      ['b', 'i'],
    ],
    [
      'are of the architecture that is wanted',
      [image('i'), image('j', { arch: 'arm64' })],
      [type('a'), type('b', { arch: 'arm64', cost: 20 })],
      { arch: 'arm64' },
      ['b', 'j'],
    ],
    [
      'are by name of architecture before cost',
      [image('j', { arch: 'arm64' }), image('i')],
      [type('b', { arch: 'arm64', cost: 1 }), type('a')],
      {},
      ['a', 'i'],
    ],
    ['have the image that is wanted', [image('i'), image('j')], [type('a')], { imageId: 'j' }, ['a', 'j']],
    [
      'match exactly in virtualisation before they match in part',
      [image('none'), image('kvm', { virtType: 'kvm' })],
      [type('a', { virtType: 'kvm' })],
      {},
      ['a', 'kvm'],
    ],
    [
      'match exactly in virtualisation before they are cheap',
      [image('none'), image('kvm', { virtType: 'kvm' })],
      [type('cheap', { virtType: 'xen' }), type('dear', { virtType: 'kvm', cost: 50 })],
      {},
      ['dear', 'kvm'],
    ],
    [
      'match in part when nothing else does',
      [image('none')],
      [type('a', { virtType: 'kvm' })],
      {},
      ['a', 'none'],
    ],
    [
      'match exactly when the type has no virtualisation of its own',
      [image('xen', { virtType: 'xen' })],
      [type('a')],
      {},
      ['a', 'xen'],
    ],
    [
      'have the memory that the image needs',
      [image('i', { minMem: 4096 })],
      [type('a'), type('b', { mem: 4096, cost: 20 })],
      {},
      ['b', 'i'],
    ],
    [
      'have the disk that the image needs',
      [image('i', { minDisk: 30_000 })],
      [type('a'), type('b', { rootDisk: 40_000, cost: 20 })],
      {},
      ['b', 'i'],
    ],
    [
      'let a disk grow with the image',
      [image('i', { minDisk: 30_000 })],
      [type('a', { rootDisk: 0 })],
      {},
      ['a', 'i'],
    ],
    [
      'take the next image when the first does not fit',
      [image('i', { minMem: 9000 }), image('j')],
      [type('a')],
      {},
      ['a', 'j'],
    ],
    // No type is large enough by default; the largest is of an architecture that no image has.
    [
      'never are of an architecture without an image',
      [image('i')],
      [type('a', { mem: 512 }), type('b', { arch: 'arm64', mem: 1024 })],
      {},
      ['a', 'i'],
    ],
  ])('%s', (_, images, types, constraints, expected) => {
    expect(spec(images, types, constraints)).toEqual(expected)
  })

  it('are missing an image of that base or architecture', () => {
    const images = [
      image('i', { version: '22.04' }),
      image('k', { version: '22.04' }),
      image('j', { os: 'debian', version: '12', arch: 'arm64' }),
    ]
    expect(() => spec(images, [type('a')])).toThrow(
      expect.objectContaining({
        code: 'NOT_FOUND',
        message:
          'no "ubuntu@24.04" images in north with arch any architecture: ' +
          '3 images have another base: ubuntu@22.04 amd64, debian@12 arm64',
        hint: 'choose a base and an architecture that there is an image of',
      }),
    )
    expect(() => spec([image('i')], [type('a')], { arch: 'arm64' })).toThrow(
      'images in north with arch arm64: 1 image is for another architecture: ubuntu@24.04 amd64',
    )
    expect(() => spec([image('i')], [type('a')], { imageId: 'j' })).toThrow('1 image is another one')
    expect(() => spec([], [type('a')])).toThrow(
      expect.objectContaining({
        message: 'no "ubuntu@24.04" images in north with arch any architecture',
        hint: 'upload an image with os_distro, os_version and architecture set',
      }),
    )
  })

  it('are missing an instance type', () => {
    expect(() => spec([image('i')], [type('a')], { mem: 9000 })).toThrow(
      'no instance types in north matching constraints "mem=9000M": 1 type has too little memory: a',
    )
    expect(() => spec([image('i')], [type('a', { arch: 'arm64' })])).toThrow(
      'no instance types in north matching constraints "": 1 type has another architecture: a',
    )
  })

  it('do not go together', () => {
    const never = 'no "ubuntu@24.04" images in north matching instance types a, b'
    expect(() => spec([image('i', { minMem: 9000 })], [type('a'), type('b')])).toThrow(
      `${never}: 2 types have too little memory for the image: a, b`,
    )
    expect(() => spec([image('i', { minDisk: 30_000 })], [type('a'), type('b')])).toThrow(
      `${never}: 2 types have too small a disk for the image: a, b`,
    )
    expect(() =>
      spec(
        [image('i', { virtType: 'xen' })],
        [type('a', { virtType: 'kvm' }), type('b', { virtType: 'kvm' })],
      ),
    ).toThrow(`${never}: 2 types run as something else than the image: a, b`)
  })
})
