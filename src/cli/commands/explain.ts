import { formatBase, newModelConfig, parseBase } from '../../config/index.ts'
import { constraintsToDocument, parseConstraints } from '../../constraints/index.ts'
import {
  type Candidate,
  explainsInstanceSpecs,
  type InstanceSpecExplanation,
  NotSupportedError,
} from '../../environ/index.ts'
import { cloudAndRegion } from '../cloud-and-region.ts'
import type { Context } from '../context.ts'
import { table } from '../output.ts'

/** Options of `environs explain`. */
export interface ExplainOptions {
  readonly credential?: string
  readonly constraints?: string
  readonly base?: string
}

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

function text({ chosen, problem, candidates }: InstanceSpecExplanation): string {
  const outcome = chosen ? `${chosen.instanceType.name} with image ${chosen.image.id}` : (problem ?? '')
  if (candidates.length === 0) return outcome
  const head = ['', 'TYPE', 'CORES', 'MEM', 'DISK', 'IMAGE', 'BASE', 'SOURCE', 'BECAUSE']
  return `${table([head, ...rows(candidates)])}\n\n${outcome}`
}

export async function explain(
  context: Context,
  place: string | undefined,
  options: ExplainOptions,
): Promise<void> {
  const { output, signal } = context
  const wanted = parseConstraints(options.constraints ?? '')
  const given = options.base === undefined ? undefined : parseBase(options.base)
  const environs = await context.environs()
  const { credential } = options
  const found = await environs.clouds.find(
    { ...cloudAndRegion(place), ...(credential ? { credential } : {}) },
    { signal },
  )
  const config = await newModelConfig({
    ...found.config,
    name: 'explain',
    type: found.spec.type,
    uuid: crypto.randomUUID(),
  })
  await using environ = await environs.open({ cloud: found.spec, config })
  if (!explainsInstanceSpecs(environ)) {
    throw new NotSupportedError(`the provider ${found.spec.type} does not tell how it chooses`, {
      operation: 'explainInstanceSpec',
    })
  }
  const validator = await environ.constraintsValidator({ signal })
  const ignored = validator.validate(wanted)
  if (ignored.length > 0) output.say(`Unsupported constraints are ignored: ${ignored.join(', ')}`)
  const base = given ?? parseBase(environ.config().defaultBase)
  const explanation = await environ.explainInstanceSpec({ base, constraints: wanted }, { signal })
  output.result(
    { base: formatBase(base), constraints: constraintsToDocument(wanted), ignored, ...explanation },
    text(explanation),
  )
}
