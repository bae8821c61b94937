/** Constraints: what may go together, what they choose, and what is said beforehand. */

import { explainsInstanceSpecs, findError, NotFoundError, NotValidError } from 'cloud-environs'
import { type Constraints, parseBase, ZoneIndependentError } from 'cloud-environs/provider'
import { beforeEach, describe, expect, it } from 'vitest'
import { openModel } from '../../../environ-contract.ts'
import { environSuite } from './suite.ts'

const suite = environSuite()

type Model = Awaited<ReturnType<typeof openModel>>

let model: Model
beforeEach(async () => {
  model = await openModel(suite.environs, suite.cloud)
})

const precheck = (constraints: Constraints, placement?: string) =>
  model.environ.precheckInstance({
    base: parseBase('ubuntu@24.04'),
    constraints,
    ...(placement === undefined ? {} : { placement }),
  })

const imageIdOf = async (name: string): Promise<string> => {
  const [image] = await suite.cloud.connection.image.images.all({ name })
  return image?.id ?? ''
}

describe('the validator', () => {
  it('tells what has no effect on this cloud', async () => {
    const validator = await model.environ.constraintsValidator()
    expect(validator.validate({ arch: 'amd64', mem: 1, cpuPower: 10, tags: ['a'] })).toEqual([
      'cpu-power',
      'tags',
    ])
  })

  it.each([
    [{ instanceType: 'm9.huge' }, /instance-type=m9\.huge/, 'm1.small'],
    [{ virtType: 'vmware' }, /virt-type=vmware/, 'kvm'],
    [{ rootDiskSource: 'tape' }, /root-disk-source=tape/, 'volume'],
  ])('refuses %o with what there is', async (constraints, message, known) => {
    const validator = await model.environ.constraintsValidator()
    const error: unknown = (() => {
      try {
        return validator.validate(constraints)
      } catch (reason) {
        return reason
      }
    })()
    expect(error).toBeInstanceOf(NotValidError)
    const { message: text, hint = '' } = error as NotValidError
    expect(text).toMatch(message)
    expect(`${text} ${hint}`).toContain(known)
  })

  it('merges: an instance type replaces memory and cores, and nothing else', async () => {
    const validator = await model.environ.constraintsValidator()
    const merged = validator.merge(
      { arch: 'amd64', mem: 1024, cores: 2, rootDisk: 10_240 },
      { instanceType: 'm1.small' },
    )
    expect(merged).toEqual({ arch: 'amd64', rootDisk: 10_240, instanceType: 'm1.small' })
  })
})

describe('the precheck', () => {
  it('passes a flavor that is there, and names those there are for one that is not', async () => {
    await precheck({ instanceType: 'm1.small' })
    const error: unknown = await precheck({ instanceType: 'm1.invalid' }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NotFoundError)
    const { message, hint = '' } = error as NotFoundError
    expect(message).toContain('m1.invalid')
    expect(`${message} ${hint}`).toContain('m1.small')
  })

  it('asks nothing of a zone that is not named', async () => {
    await precheck({})
    await precheck({}, 'zone=az2')
    await expect(precheck({}, 'zone=')).rejects.toBeInstanceOf(NotValidError)
    await expect(precheck({}, 'az2')).rejects.toThrow(/unknown placement directive/)
  })
})

describe('the explanation', () => {
  const explain = async (constraints: Constraints) => {
    const { environ } = model
    if (!explainsInstanceSpecs(environ)) throw new Error('the environ explains nothing')
    return await environ.explainInstanceSpec({ base: parseBase('ubuntu@24.04'), constraints })
  }

  it('has each flavor with each image of a base, and says where the image came from', async () => {
    const { chosen, candidates } = await explain({ arch: 'amd64' })
    expect(chosen?.instanceType.name).toBe('m1.small')
    const { flavors } = suite.cloud.connection.compute
    const names = (await flavors.all()).map(({ name }) => name)
    const its = candidates.filter(({ image }) => image.id === chosen?.image.id)
    expect(its.map(({ instanceType }) => instanceType.name).sort()).toEqual(names.sort())
    for (const { image } of candidates) expect(image.source).toMatch(/./)
    const tiny = its.find(({ instanceType }) => instanceType.name === 'm1.tiny')
    expect(tiny?.verdict).toMatchObject({
      outcome: 'rejected',
      obstacles: [{ kind: 'mem', wanted: 2048, has: 512, byDefault: true }],
    })
  })

  it('takes an image that is not there, and what is ignored, as the start does', async () => {
    const { chosen, problem } = await explain({ imageId: crypto.randomUUID() })
    expect(chosen).toBeUndefined()
    expect(problem).toMatch(/^no "ubuntu@24\.04" images/)
    expect((await explain({ tags: ['gpu'], cpuPower: 100, spaces: ['db'] })).chosen).toBeDefined()
    await precheck({ tags: ['gpu'], cpuPower: 100, spaces: ['db'] })
  })

  it('counts no root disk of a flavor when a volume is booted from', async () => {
    const wanted = { rootDisk: 500 * 1024, mem: 512 }
    expect((await explain({ ...wanted, rootDiskSource: 'volume' })).chosen?.instanceType.name).toBe('m1.tiny')
    expect((await explain(wanted)).chosen?.instanceType.rootDisk).toBe(0)
  })
})

describe('what is started', () => {
  it('is of the instance type that is asked for, however small', async () => {
    const { hardware } = await model.start({
      constraints: { instanceType: 'm1.tiny', rootDiskSource: 'volume' },
    })
    expect(hardware).toMatchObject({ instanceType: 'm1.tiny', mem: 512 })
  })

  it('is of the smallest that will do when nothing is asked for', async () => {
    expect((await model.start()).hardware).toMatchObject({ instanceType: 'm1.small', mem: 2048, cpuCores: 1 })
  })

  it.each([
    [{}, undefined],
    [{ rootDiskSource: 'local' }, undefined],
    [{ rootDiskSource: 'volume' }, 30],
    [{ rootDiskSource: 'volume', rootDisk: 10 * 1024 }, 10],
    [{ rootDiskSource: 'volume', rootDisk: 10 * 1024 + 1 }, 11],
  ])('has the root disk of %o', async (constraints: Constraints, gib) => {
    const { instance, hardware } = await model.start({ constraints })
    const server = await suite.cloud.connection.compute.servers.get(instance.id)
    expect(server.imageId === undefined).toBe(gib !== undefined)
    const [volumeId] = server.attachedVolumes
    if (gib === undefined) return expect(volumeId).toBeUndefined()
    expect(hardware).toMatchObject({ rootDisk: gib * 1024, rootDiskSource: 'volume' })
    const { volumes } = suite.cloud.connection.blockStorage
    expect((await volumes.get(volumeId ?? '')).size).toBe(gib)
    await model.environ.stopInstances([instance.id])
    await volumes.waitForDelete(volumeId ?? '')
  })

  it('boots the image that is asked for, from a volume too', async () => {
    const imageId = await imageIdOf('ubuntu-jammy-22.04-server-amd64')
    const base = parseBase('ubuntu@22.04')
    const asked = { instanceConfig: { base }, constraints: { imageId } }
    const local = await model.start(asked)
    const { servers } = suite.cloud.connection.compute
    expect((await servers.get(local.instance.id)).imageId).toBe(imageId)
    const volume = await model.start({
      ...asked,
      constraints: { imageId, rootDiskSource: 'volume', rootDisk: 4096 },
    })
    const [volumeId = ''] = (await servers.get(volume.instance.id)).attachedVolumes
    const { volumes } = suite.cloud.connection.blockStorage
    expect((await volumes.get(volumeId)).imageMetadata?.['image_id']).toBe(imageId)
    await model.environ.stopInstances([volume.instance.id])
    await volumes.waitForDelete(volumeId)
  })

  it.each([
    ['another architecture than its images', { arch: 's390x' }, /images.* with arch s390x/],
    ['a flavor that is not there', { instanceType: 'm9.huge' }, /no instance types.*m9\.huge/],
    [
      'a virtualisation that no image has',
      { virtType: 'hyperv', instanceType: 'm9.huge' },
      /no instance types/,
    ],
  ])('is nothing for %s, in whatever zone', async (_, constraints, message) => {
    const error: unknown = await model.start({ constraints }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ZoneIndependentError)
    expect(findError(error, NotFoundError)?.message).toMatch(message)
    expect(await model.environ.allInstances()).toEqual([])
  })
})
