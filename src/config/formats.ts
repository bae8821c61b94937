import { readAgentVersion } from '../agents/version.ts'
import type { ConfigFormat } from '../environ/provider.ts'
import { RESERVED_TAG_PREFIX } from '../environ/tags.ts'
import { isBase } from './base.ts'
import { cloudinitMistake } from './cloudinit-userdata.ts'

/** Names of models and controllers: lower-case letters, digits and hyphens, not at either end. */
const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const HOST_AND_PORT = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?\/?$/i

const LOGGER = /^\s*(?:<root>|[a-z0-9._#-]+)\s*=\s*(?:TRACE|DEBUG|INFO|WARNING|ERROR|CRITICAL)\s*$/i

const isUrl = (text: string, schemes: RegExp): boolean =>
  schemes.test(text) && !/\s/.test(text) && URL.canParse(text)

const isHttpUrl = (text: string): boolean => isUrl(text, /^https?:\/\/[^/]/i)

type Map = Readonly<Record<string, string>>

/** What is wrong with a value; undefined for nothing. The value is not shown: it may be a secret. */
type Check<T> = (value: T) => Promise<string | undefined> | string | undefined

const wanted =
  (isRight: (text: string) => boolean, what: string): Check<string> =>
  (text) =>
    isRight(text) ? undefined : `is not ${what}`

async function cidrMistake(text: string): Promise<string | undefined> {
  const { canonicalCidr } = await import('../environ/ingress.ts')
  try {
    canonicalCidr(text)
    return undefined
  } catch (error) {
    return `${(error as Error).message}: write 10.0.0.0/8 or fd00::/64`
  }
}

const prefix = (cidr: string): number => Number(cidr.split('/')[1])

/** Each underlay has to be a smaller network than its overlay, or machines would have no addresses to give. */
async function fanMistake(fan: Map): Promise<string | undefined> {
  for (const [underlay, overlay] of Object.entries(fan)) {
    const mistake = (await cidrMistake(underlay)) ?? (await cidrMistake(overlay))
    if (mistake !== undefined) return mistake
    if (prefix(underlay) <= prefix(overlay)) return `the underlay ${underlay} is not smaller than ${overlay}`
  }
  return undefined
}

/** Formats of texts, which are those of the items of a list, too. */
const TEXT_FORMATS: Partial<Record<ConfigFormat, Check<string>>> = {
  name: wanted((text) => NAME.test(text), 'a valid name: use lower-case letters, digits and hyphens'),
  uuid: wanted((text) => UUID.test(text), 'a UUID'),
  base: wanted(isBase, 'a base such as ubuntu@24.04'),
  version: wanted((text) => readAgentVersion(text) !== undefined, 'a version such as 3.6.1'),
  url: wanted(isHttpUrl, 'an http or https URL'),
  source: wanted(
    (text) => isHttpUrl(text) || isUrl(text, /^file:\/\/\//i) || text.startsWith('/'),
    'an http, https or file URL, or the absolute path of a directory',
  ),
  proxy: wanted(
    (text) => isUrl(text, /^[a-z][a-z0-9+.-]*:\/\/[^/]/i) || HOST_AND_PORT.test(text),
    'the URL of a proxy, such as http://proxy.example:3128',
  ),
  logging: wanted(
    (text) => text.split(';').every((level) => LOGGER.test(level)),
    'levels of loggers such as <root>=INFO;unit=DEBUG',
  ),
  cidr: cidrMistake,
  cloudinit: cloudinitMistake,
}

const MAP_FORMATS: Partial<Record<ConfigFormat, Check<Map>>> = {
  fan: fanMistake,
  'resource-tags': (tags) =>
    Object.keys(tags).some((key) => key.startsWith(RESERVED_TAG_PREFIX))
      ? `tags may not start with "${RESERVED_TAG_PREFIX}", which is reserved`
      : undefined,
}

/** What is wrong with a value of that format, as the end of a sentence; undefined for nothing. */
export async function formatMistake(format: ConfigFormat, value: unknown): Promise<string | undefined> {
  if (typeof value === 'string') return await TEXT_FORMATS[format]?.(value)
  if (!Array.isArray(value)) return await MAP_FORMATS[format]?.(value as Map)
  for (const item of value as readonly string[]) {
    const mistake = await TEXT_FORMATS[format]?.(item)
    if (mistake !== undefined) return mistake
  }
  return undefined
}
