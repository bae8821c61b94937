import type { Constraints, ImageMetadata, InstanceSpecExplanation, InstanceType } from 'cloud-environs'
import { explainInstanceSpec, findInstanceSpec } from 'cloud-environs/provider'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

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

const base = { os: 'ubuntu', version: '24.04' }

const explain = (
  images: readonly ImageMetadata[],
  types: readonly InstanceType[],
  constraints: Constraints = {},
) => explainInstanceSpec(images, { base, constraints, region: 'north' }, types)

/** Each candidate as `type image: why`. */
const told = ({ candidates }: InstanceSpecExplanation): readonly string[] =>
  candidates.map(
    ({ instanceType, image: { id }, verdict }) => `${instanceType.name} ${id}: ${verdict.message}`,
  )

describe('the explanation of a choice', () => {
  it('has every instance type with every image, in the order of the choice', () => {
    const explanation = explain(
      [image('i', { source: 'image service' }), image('j'), image('old', { version: '22.04' })],
      [type('large', { mem: 8192, cost: 20 }), type('tiny', { mem: 512 }), type('small')],
    )
    expect(explanation.chosen).toMatchObject({ instanceType: { name: 'small' }, image: { id: 'i' } })
    expect(explanation).not.toHaveProperty('problem')
    expect(told(explanation)).toEqual([
      'small i: the first of those that satisfy the constraints',
      'small j: small with i goes first: its image is the first of the list',
      'large i: small with i goes first: it counts as cheaper',
      'large j: small with i goes first: it counts as cheaper',
      'tiny i: too little memory: 512M of 2048M, the default',
      'tiny j: too little memory: 512M of 2048M, the default',
      'tiny old: the image has ubuntu@22.04, not ubuntu@24.04',
      'small old: the image has ubuntu@22.04, not ubuntu@24.04',
      'large old: the image has ubuntu@22.04, not ubuntu@24.04',
    ])
    expect(explanation.candidates[0]?.image.source).toBe('image service')
  })

  it('names all that is in the way of an instance type, as data too', () => {
    const { candidates, problem } = explain(
      [image('i')],
      [type('a', { tags: ['gpu'], virtType: 'xen', cpuPower: 5 })],
      {
        instanceType: 'b',
        cores: 2,
        cpuPower: 10,
        mem: 4096,
        rootDisk: 40_960,
        tags: ['gpu', 'nvme'],
        virtType: 'kvm',
      },
    )
    expect(candidates[0]?.verdict).toEqual({
      outcome: 'rejected',
      obstacles: [
        { kind: 'instance-type', wanted: 'b', has: 'a' },
        { kind: 'cores', wanted: 2, has: 1 },
        { kind: 'cpu-power', wanted: 10, has: 5 },
        { kind: 'mem', wanted: 4096, has: 2048 },
        { kind: 'root-disk', wanted: 40_960, has: 20_480 },
        { kind: 'tags', missing: ['nvme'] },
        { kind: 'virt-type', wanted: 'kvm', has: 'xen' },
      ],
      message:
        'the instance type is not b; too few cores: 1 of 2; too little CPU power: 5 of 10; ' +
        'too little memory: 2048M of 4096M; too small a root disk: 20480M of 40960M; ' +
        'the instance type lacks the tag nvme; the instance type runs as xen, not kvm',
    })
    expect(told(explain([image('i')], [type('a')], { virtType: 'kvm' }))).toEqual([
      'a i: the instance type does not say that it runs as kvm',
    ])
    expect(problem).toMatch(/^no instance types in north matching constraints "cores=2 .*: 1 type is another/)
  })

  it('names all that is in the way of an image, and what keeps the two apart', () => {
    const wanted = { arch: 'amd64', imageId: 'wanted' }
    expect(told(explain([image('i', { os: 'debian', arch: 'arm64' })], [type('a')], wanted))).toEqual([
      'a i: the image has debian@24.04, not ubuntu@24.04; the image is for arm64, not amd64; the image is not wanted',
    ])
    expect(
      told(
        explain(
          [
            image('big', { minMem: 4096, minDisk: 30_000 }),
            image('xen', { virtType: 'xen' }),
            image('arm', { arch: 'arm64' }),
          ],
          [type('a', { virtType: 'kvm' })],
        ),
      ),
    ).toEqual([
      'a big: the image needs 4096M of memory, the instance type has 2048M; the image needs a disk of 30000M, there are 20480M',
      'a xen: the image runs as xen, the instance type as kvm',
      'a arm: the image is for arm64, the instance type is amd64',
    ])
  })

  it('tells by what the first one goes first', () => {
    const first = type('m', { cost: 1, cpuPower: 1 })
    const others = [
      type('exact', { virtType: 'kvm', cost: 1, cpuPower: 1 }),
      type('arm', { arch: 'arm64', cost: 0 }),
      type('cost', { cost: 2 }),
      type('mem', { cost: 1, mem: 4096 }),
      type('cpu-power', { cost: 1, cpuPower: 2 }),
      type('cores', { cost: 1, cpuPower: 1, cpuCores: 2 }),
      type('root-disk', { cost: 1, cpuPower: 1, rootDisk: 30_000 }),
      type('name', { cost: 1, cpuPower: 1 }),
    ]
    const { candidates } = explain([image('i'), image('j', { arch: 'arm64' })], [...others, first])
    const by = Object.fromEntries(
      candidates.flatMap(({ instanceType, verdict }) =>
        verdict.outcome === 'passed-over' ? [[instanceType.name, verdict.by]] : [],
      ),
    )
    expect(by).toEqual({
      exact: 'virt-type',
      arm: 'arch',
      cost: 'cost',
      mem: 'mem',
      'cpu-power': 'cpu-power',
      cores: 'cores',
      'root-disk': 'root-disk',
      name: 'name',
    })
  })

  it('has a type of several architectures once for each image', () => {
    const types = [type('a'), type('a', { arch: 'arm64' }), type('only-arm', { arch: 'arm64', cost: 11 })]
    expect(told(explain([image('i'), image('j', { arch: 'arm64' })], types))).toEqual([
      'a i: the first of those that satisfy the constraints',
      'a j: a with i goes first: its architecture has the first name',
      'only-arm j: a with i goes first: its architecture has the first name',
      'only-arm i: the image is for amd64, the instance type is arm64',
    ])
    expect(told(explain([image('i')], types))).toEqual([
      'a i: the first of those that satisfy the constraints',
      'only-arm i: the instance type is arm64, not amd64',
    ])
  })

  it('tells what the failure would be when there is nothing to choose from', () => {
    expect(explain([], [type('a')])).toEqual({
      problem: 'no "ubuntu@24.04" images in north with arch any architecture',
      candidates: [],
    })
    expect(explain([image('i')], [])).toEqual({
      problem: 'no instance types in north matching constraints ""',
      candidates: [],
    })
  })
})

const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

const cloud = fc.record({
  types: fc
    .array(
      fc.record(
        {
          arch: pick('amd64', 'arm64'),
          cpuCores: pick(1, 2),
          mem: pick(512, 2048, 4096),
          rootDisk: pick(0, 10_000, 20_000),
          cost: pick(1, 2),
          virtType: pick('kvm', 'xen'),
          tags: fc.subarray(['gpu', 'nvme']),
        },
        { requiredKeys: [] },
      ),
      { maxLength: 5 },
    )
    .map((all) => all.map((over, index) => type(`t${index}`, over))),
  images: fc
    .array(
      fc.record(
        {
          arch: pick('amd64', 'arm64'),
          version: pick('24.04', '22.04'),
          virtType: pick('kvm', 'xen'),
          minMem: pick(0, 1024, 4096),
          minDisk: pick(0, 15_000),
        },
        { requiredKeys: [] },
      ),
      { maxLength: 5 },
    )
    .map((all) => all.map((over, index) => image(`i${index}`, over))),
  constraints: fc.record<Constraints>(
    {
      arch: pick('amd64', 'arm64', ''),
      cores: pick(0, 2),
      mem: pick(0, 1024, 4096),
      rootDisk: pick(0, 15_000),
      instanceType: pick('t0', 't1', ''),
      imageId: pick('i0', ''),
      tags: fc.subarray(['gpu']),
      virtType: pick('kvm', ''),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Constraints>,
})

function outcome<T>(call: () => T): T | string {
  try {
    return call()
  } catch (error) {
    return (error as Error).message
  }
}

describe('explaining and choosing', () => {
  it('come to the same, whatever there is', () => {
    fc.assert(
      fc.property(cloud, ({ types, images, constraints }) => {
        const wanted = { base, constraints, region: 'north' }
        const { chosen, problem, candidates } = explainInstanceSpec(images, wanted, types)
        expect(chosen ?? problem).toEqual(outcome(() => findInstanceSpec(images, wanted, types)))
        expect(candidates).toHaveLength(types.length * images.length)
        const order = candidates.map(({ verdict }) => verdict.outcome)
        const first = chosen ? ['chosen'] : []
        const rest = order.slice(first.length)
        expect(order).toEqual([
          ...first,
          ...rest.filter((each) => each === 'passed-over'),
          ...rest.filter((each) => each === 'rejected'),
        ])
      }),
      { numRuns: 500 },
    )
  })

  it('agree on each candidate by itself', () => {
    fc.assert(
      fc.property(cloud, ({ types, images, constraints }) => {
        // What is wanted by default depends on what else there is.
        const wanted = { base, constraints: { ...constraints, mem: constraints.mem || 1 } }
        for (const { instanceType, image: its, verdict } of explainInstanceSpec(images, wanted, types)
          .candidates) {
          const alone = outcome(() => findInstanceSpec([its], wanted, [instanceType]))
          expect(typeof alone === 'string').toBe(verdict.outcome === 'rejected')
        }
      }),
      { numRuns: 200 },
    )
  })

  it('take the next in order when the type that was chosen is gone', () => {
    fc.assert(
      fc.property(cloud, ({ types, images, constraints }) => {
        const wanted = { base, constraints: { ...constraints, mem: constraints.mem || 1 } }
        const { chosen, candidates } = explainInstanceSpec(images, wanted, types)
        const others = types.filter((each) => each !== chosen?.instanceType)
        const next = candidates.find(
          ({ instanceType, verdict }) =>
            verdict.outcome === 'passed-over' && instanceType !== chosen?.instanceType,
        )
        if (!next) return
        const { instanceType, image: its } = next
        expect(findInstanceSpec(images, wanted, others)).toEqual({ instanceType, image: its })
      }),
      { numRuns: 300 },
    )
  })
})
