/** Why an instance type and an image are chosen, as a table. */

import { formatBase } from '../config/index.ts'
import type { Candidate, InstanceSpecExplanation } from '../environ/index.ts'
import { table } from './output.ts'

const MARKS = { chosen: '*', 'passed-over': '+', rejected: '-' } as const

/** One line for each candidate; of an image that no instance type could help, one in all. */
function rows(candidates: readonly Candidate[]): readonly (readonly string[])[] {
  const told = new Set<string>()
  return candidates.flatMap(({ instanceType, image, verdict }) => {
    const system = `${formatBase(image)} ${image.arch}`
    const from = image.source ?? ''
    const hopeless =
      verdict.outcome === 'rejected' &&
      verdict.obstacles.some(({ kind }) => kind === 'base' || kind === 'image-arch' || kind === 'image-id')
    if (!hopeless) {
      const { name, cpuCores, mem, rootDisk } = instanceType
      const size = [String(cpuCores), `${mem}M`, rootDisk === 0 ? '' : `${rootDisk}M`]
      return [[MARKS[verdict.outcome], name, ...size, image.id, system, from, verdict.message]]
    }
    if (told.has(image.id)) return []
    told.add(image.id)
    return [[MARKS.rejected, '(any)', '', '', '', image.id, system, from, verdict.message]]
  })
}

export function explanationText({ chosen, problem, candidates }: InstanceSpecExplanation): string {
  const outcome = chosen ? `${chosen.instanceType.name} with image ${chosen.image.id}` : (problem ?? '')
  if (candidates.length === 0) return outcome
  const head = ['', 'TYPE', 'CORES', 'MEM', 'DISK', 'IMAGE', 'BASE', 'SOURCE', 'BECAUSE']
  return `${table([head, ...rows(candidates)])}\n\n${outcome}`
}
