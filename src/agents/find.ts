import type { AgentBinary } from '../environ/agents.ts'
import { findError, NotValidError } from '../environ/errors.ts'
import type { DataSource } from '../environ/images.ts'
import {
  type CloudRegion,
  getMetadata,
  isAbsent,
  type MetadataOptions,
  NoDataForCloudError,
  sameRegion,
  urlDataSource,
} from '../simplestreams/index.ts'
import { noAgents, offer, type Offers } from './lookup-error.ts'
import {
  agentContentId,
  agentOfItem,
  type AgentProduct,
  CONTENT_DOWNLOAD,
  parseAgentProductId,
} from './product.ts'
import { RELEASED } from './streams.ts'
import { compareAgentVersions, formatAgentVersion, parseAgentVersion } from './version.ts'

/** Which agent binaries are looked for; what is left out is not asked. */
export interface AgentConstraint {
  /** With `endpoint`, or neither. */
  readonly region?: string
  readonly endpoint?: string
  /** `3.6.1` for that one; `3.6` or `3` for all that begin so. */
  readonly version?: string
  readonly os?: string
  readonly arches?: readonly string[]
  /** In the order they are asked in, see `preferredStreams`. Default: `released`. */
  readonly streams?: readonly string[]
}

/** An agent binary, and where it was found. */
export interface FoundAgent extends AgentBinary {
  readonly stream: string
  /** Description of the source. */
  readonly source: string
}

const SERIES = /^(\d{1,9})(?:\.(\d{1,9}))?$/

function cloudOf({ region, endpoint }: AgentConstraint): CloudRegion | undefined {
  if (region !== undefined && endpoint !== undefined) return { region, endpoint }
  if (region === undefined && endpoint === undefined) return undefined
  throw new NotValidError('agents are looked for by region and endpoint, or by neither', {
    hint: region === undefined ? 'give the region too' : 'give the endpoint too',
  })
}

/** Which versions a text means. @throws NotValidError unless it is a version or the beginning of one */
export function isWantedVersion(text: string | undefined): (version: string) => boolean {
  if (text === undefined) return () => true
  const [, major, minor] = SERIES.exec(text) ?? []
  if (major === undefined) {
    const exact = formatAgentVersion(parseAgentVersion(text))
    return (version) => version === exact
  }
  return (version) => {
    const number = parseAgentVersion(version)
    return number.major === Number(major) && (minor === undefined || number.minor === Number(minor))
  }
}

/** Newest first. */
function byVersion(a: FoundAgent, b: FoundAgent): number {
  const order = compareAgentVersions(parseAgentVersion(b.version), parseAgentVersion(a.version))
  return order || (a.os + a.arch < b.os + b.arch ? -1 : 1)
}

const binaryOf = ({ version, os, arch }: AgentBinary): string => `${version}-${os}-${arch}`

/** The one of the same name, but elsewhere, goes first. */
const regionsOf = ({ known }: NoDataForCloudError, { region = '' }: AgentConstraint): readonly string[] =>
  known
    .toSorted((a, b) => Number(sameRegion(b.region, region)) - Number(sameRegion(a.region, region)))
    .map((cloud) => `${cloud.region} at ${cloud.endpoint}`)

/** A constraint made ready to be asked of many sources. */
interface Lookup {
  readonly cloud: CloudRegion | undefined
  readonly isWanted: (product: AgentProduct) => boolean
  readonly isWantedVersion: (version: string) => boolean
  readonly offers: Offers
  readonly options: MetadataOptions
}

function lookup(constraint: AgentConstraint, options: MetadataOptions): Lookup {
  const { os, arches, version } = constraint
  return {
    cloud: cloudOf(constraint),
    isWanted: (product) =>
      (os === undefined || product.os === os) && (!arches || arches.includes(product.arch)),
    isWantedVersion: isWantedVersion(version),
    offers: new Map(),
    options,
  }
}

/** What one source has in one stream; what it has instead becomes an offer. */
async function agentsOf(source: DataSource, stream: string, wanted: Lookup): Promise<readonly FoundAgent[]> {
  const { cloud, isWanted, isWantedVersion, offers, options } = wanted
  const contentId = agentContentId(stream)
  const productId = (id: string): boolean => {
    const product = parseAgentProductId(id)
    if (!product || isWanted(product)) return product !== undefined
    offer(offers, source, [`agents for ${product.os} on ${product.arch}`])
    return false
  }
  const query = {
    datatype: CONTENT_DOWNLOAD,
    contentId: (id: string) => id === contentId,
    mirrorContentId: contentId,
    productId,
    ...(cloud ? { cloud } : {}),
  }
  const { items, resolved } = await getMetadata([source], query, options)
  const { mirrorUrl } = resolved ?? {}
  const place =
    mirrorUrl === undefined ? source : urlDataSource({ description: 'mirror', baseUrl: mirrorUrl })
  const agents: FoundAgent[] = []
  for (const item of items) {
    const agent = agentOfItem(item)
    if (!agent) continue
    const { path, ...binary } = agent
    if (!isWantedVersion(agent.version)) offer(offers, source, [agent.version])
    else agents.push({ ...binary, url: place.url(path), stream, source: source.description })
  }
  return agents
}

/**
 * Agent binaries of the streams, newest first (Juju: `FindTools`). Each stream is taken from the first source, by
 * priority, that has something of it; the same binary in a later stream does not count.
 * @throws NotFoundError showing side by side what was looked for and what the sources have; the error of a source that
 *   could not be read, when nothing was found elsewhere
 */
export async function findAgents(
  sources: readonly DataSource[],
  constraint: AgentConstraint,
  options: MetadataOptions = {},
): Promise<readonly [FoundAgent, ...FoundAgent[]]> {
  const { streams = [RELEASED] } = constraint
  const wanted = lookup(constraint, options)
  const ordered = sources.toSorted((a, b) => b.priority - a.priority)
  const broken = new Map<DataSource, unknown>()
  const found = new Map<string, FoundAgent>()
  for (const stream of streams) {
    for (const source of ordered) {
      if (broken.has(source)) continue
      try {
        const agents = await agentsOf(source, stream, wanted)
        for (const agent of agents) if (!found.has(binaryOf(agent))) found.set(binaryOf(agent), agent)
        if (agents.length > 0) break
      } catch (error) {
        options.signal?.throwIfAborted()
        const other = findError(error, NoDataForCloudError)
        if (other) offer(wanted.offers, source, regionsOf(other, constraint))
        else if (!isAbsent(error)) broken.set(source, error)
      }
    }
  }
  const [first, ...more] = [...found.values()].sort(byVersion)
  if (first) return [first, ...more]
  for (const error of broken.values()) throw error
  throw noAgents(constraint, streams, ordered, wanted.offers)
}

/** What a machine is to run. */
export interface ExactAgent extends Omit<AgentConstraint, 'arches'> {
  readonly version: string
  readonly os: string
  readonly arch: string
}

/**
 * The one agent binary of that version, system and architecture (Juju: `FindExactTools`).
 * @throws NotFoundError when there is none; NotValidError unless the version is complete
 */
export async function findExactAgent(
  sources: readonly DataSource[],
  { arch, ...constraint }: ExactAgent,
  options?: MetadataOptions,
): Promise<FoundAgent> {
  parseAgentVersion(constraint.version)
  const [agent] = await findAgents(sources, { ...constraint, arches: [arch] }, options)
  return agent
}
