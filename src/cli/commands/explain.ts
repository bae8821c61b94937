import { formatBase, newModelConfig, parseBase } from '../../config/index.ts'
import { constraintsToDocument, parseConstraints } from '../../constraints/index.ts'
import { explainsInstanceSpecs, NotSupportedError } from '../../environ/index.ts'
import { cloudAndRegion } from '../cloud-and-region.ts'
import type { Context } from '../context.ts'
import { explanationText } from '../explanation.ts'

/** Options of `environs explain`. */
export interface ExplainOptions {
  readonly credential?: string
  readonly constraints?: string
  readonly base?: string
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
    explanationText(explanation),
  )
}
