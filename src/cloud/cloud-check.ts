import { CONTROLLER_ATTRIBUTES } from '../config/controller-attributes.ts'
import { modelConfigSchema } from '../config/schema.ts'
import { pingsClouds, tellsSchema } from '../environ/capabilities.ts'
import { NotSupportedError, NotValidError } from '../environ/errors.ts'
import { didYouMean } from '../environ/nearest.ts'
import type { EnvironProvider } from '../environ/provider.ts'
import type { Cloud } from './cloud.ts'

/** Where a cloud answers: its endpoint and those of its regions, each once. */
export const endpointsOf = ({ endpoint, regions }: Cloud): readonly string[] => [
  ...new Set([endpoint, ...regions.map((region) => region.endpoint)].filter((each) => each !== undefined)),
]

/**
 * Whether a provider can do with a cloud. Gives a line for each name in it that means nothing.
 * @throws NotSupportedError when it knows none of the auth types, NotValidError when there is no endpoint and it needs one
 */
export function checkCloud(cloud: Cloud, provider: EnvironProvider): readonly string[] {
  const { name, type, authTypes } = cloud
  const known = Object.keys(provider.credentialSchemas())
  const unknown = authTypes.filter((authType) => !known.includes(authType))
  if (authTypes.length > 0 && unknown.length === authTypes.length) {
    const meant = didYouMean(unknown[0] ?? '', known)
    throw new NotSupportedError(
      `cloud "${name}" takes ${unknown.map((each) => `"${each}"`).join(', ')}${meant}`,
      {
        resource: `cloud "${name}"`,
        hint: `the auth types of ${type} are: ${known.join(', ')}`,
      },
    )
  }
  if (pingsClouds(provider) && endpointsOf(cloud).length === 0) {
    throw new NotValidError(`cloud "${name}" has no endpoint`, {
      resource: `cloud "${name}"`,
      hint: `give the URL that ${type} answers at`,
    })
  }
  const ofModels = modelConfigSchema(tellsSchema(provider) ? provider.schema() : {})
  const attributes = Object.keys({ ...CONTROLLER_ATTRIBUTES, ...ofModels })
  const where = `cloud "${name}"`
  const inConfig = ([place, config]: readonly [string, object]): string[] =>
    Object.keys(config)
      .filter((attribute) => !attributes.includes(attribute))
      .map((attribute) => `${place}: "${attribute}" means nothing${didYouMean(attribute, attributes)}`)
  return [
    ...unknown.map((each) => `${where}, auth-types: "${each}" means nothing${didYouMean(each, known)}`),
    ...inConfig([`${where}, config`, cloud.config ?? {}]),
    ...Object.entries(cloud.regionConfig ?? {}).flatMap(([region, config]) =>
      inConfig([`${where}, region-config, ${region}`, config]),
    ),
  ]
}
