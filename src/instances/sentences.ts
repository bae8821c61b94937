/** Obstacles in words, one by one and in groups. */

import type { Obstacle } from '../environ/instance-spec.ts'

/** Of one group; the rest is counted. */
const NAMED = 8

const MEMORY_AND_DISK = ['mem', 'root-disk', 'image-mem', 'image-disk']

/** An amount with its unit. */
const amount = (kind: Obstacle['kind'], value: number): string =>
  `${value}${MEMORY_AND_DISK.includes(kind) ? 'M' : ''}`

const TOO_LITTLE = {
  cores: 'too few cores',
  'cpu-power': 'too little CPU power',
  mem: 'too little memory',
  'root-disk': 'too small a root disk',
} as const

/** A sentence about one obstacle, without a full stop. */
export function sentence(obstacle: Obstacle): string {
  const { kind } = obstacle
  switch (kind) {
    case 'base':
      return `the image has ${obstacle.has}, not ${obstacle.wanted}`
    case 'image-arch':
      return `the image is for ${obstacle.has}, not ${obstacle.wanted}`
    case 'image-id':
      return `the image is not ${obstacle.wanted}`
    case 'arch':
      return `the instance type is ${obstacle.has}, not ${obstacle.wanted.join(' or ')}`
    case 'instance-type':
      return `the instance type is not ${obstacle.wanted}`
    case 'cores':
    case 'cpu-power':
    case 'mem':
    case 'root-disk': {
      const [has, wanted] = [amount(kind, obstacle.has), amount(kind, obstacle.wanted)]
      return `${TOO_LITTLE[kind]}: ${has} of ${wanted}${obstacle.byDefault ? ', the default' : ''}`
    }
    case 'tags':
      return `the instance type lacks the tag ${obstacle.missing.join(', ')}`
    case 'virt-type':
      return obstacle.has === undefined
        ? `the instance type does not say that it runs as ${obstacle.wanted}`
        : `the instance type runs as ${obstacle.has}, not ${obstacle.wanted}`
    case 'pair-arch':
      return `the image is for ${obstacle.has}, the instance type is ${obstacle.wanted}`
    case 'image-mem':
      return `the image needs ${amount(kind, obstacle.wanted)} of memory, the instance type has ${amount(kind, obstacle.has)}`
    case 'image-disk':
      return `the image needs a disk of ${amount(kind, obstacle.wanted)}, there are ${amount(kind, obstacle.has)}`
    case 'image-virt-type':
      return `the image runs as ${obstacle.has}, the instance type as ${obstacle.wanted}`
  }
}

/** What one is, and what several are. */
const GROUPS: Readonly<Record<Obstacle['kind'], readonly [one: string, several: string]>> = {
  base: ['image has another base', 'images have another base'],
  'image-arch': ['image is for another architecture', 'images are for another architecture'],
  'image-id': ['image is another one', 'images are other ones'],
  arch: ['type has another architecture', 'types have another architecture'],
  'instance-type': ['type is another one', 'types are other ones'],
  cores: ['type has too few cores', 'types have too few cores'],
  'cpu-power': ['type has too little CPU power', 'types have too little CPU power'],
  mem: ['type has too little memory', 'types have too little memory'],
  'root-disk': ['type has too small a root disk', 'types have too small a root disk'],
  tags: ['type lacks a tag', 'types lack a tag'],
  'virt-type': ['type runs as something else', 'types run as something else'],
  'pair-arch': ['type has another architecture', 'types have another architecture'],
  'image-mem': ['type has too little memory for the image', 'types have too little memory for the image'],
  'image-disk': ['type has too small a disk for the image', 'types have too small a disk for the image'],
  'image-virt-type': [
    'type runs as something else than the image',
    'types run as something else than the image',
  ],
}

/** Something that cannot be taken; `id` tells it from others of the same name. */
export interface Rejected {
  readonly id: string
  readonly name: string
  readonly obstacles: readonly Obstacle[]
}

/** `: 3 types have too little memory: a, b, c; 1 type has too few cores: a`, or nothing. */
export function grouped(all: readonly Rejected[]): string {
  const kinds = new Set(all.flatMap(({ obstacles }) => obstacles.map(({ kind }) => kind)))
  const texts = [...kinds].map((kind) => {
    const members = all.filter(({ obstacles }) => obstacles.some((obstacle) => obstacle.kind === kind))
    const count = new Set(members.map(({ id }) => id)).size
    const names = [...new Set(members.map(({ name }) => name))]
    const [one, several] = GROUPS[kind]
    const rest = names.length > NAMED ? `, and ${names.length - NAMED} more` : ''
    return `${count} ${count === 1 ? one : several}: ${names.slice(0, NAMED).join(', ')}${rest}`
  })
  return texts.length > 0 ? `: ${texts.join('; ')}` : ''
}
