import type { Dispatcher } from 'undici'
import type { AgentBinary } from '../environ/agents.ts'
import { hasRegion } from '../environ/capabilities.ts'
import type { Environ } from '../environ/environ.ts'
import { NotFoundError } from '../environ/errors.ts'
import type { DataSource } from '../environ/images.ts'
import type { CallOptions } from '../environ/options.ts'
import type { Clock } from '../environ/services.ts'
import { type AgentDataSourceRegistry, agentMetadataSources } from './data-sources.ts'
import type { AgentConstraint, FoundAgent } from './find.ts'
import type { PackedAgent } from './manifest.ts'
import { newestOfEachArch } from './newest.ts'
import { preferredStreams, streamsFrom } from './streams.ts'
import { readAgentVersion } from './version.ts'

/** What the machines of a model are to run. */
export interface AgentChoice extends Pick<AgentConstraint, 'version' | 'arches'> {
  readonly os: string
  /** Builds of one's own, packed: one of them is taken, and no source is asked. */
  readonly builds?: readonly PackedAgent[]
}

/** What an {@link AgentFinder} works with. */
export interface AgentFinderServices {
  readonly registry: AgentDataSourceRegistry
  readonly clock: Clock
  readonly dispatcher?: Dispatcher | undefined
}

/** The model's streams, for a version when it is known (Juju: `PreferredStreams`). */
function streamsOf(environ: Environ, version: string | undefined): readonly string[] {
  const { agentStream: configured } = environ.config()
  const known = version !== undefined && readAgentVersion(version) !== undefined
  return known ? preferredStreams(version, { configured }) : streamsFrom(configured)
}

/** Where the model is, when both are known. */
function placeOf(environ: Environ): Pick<AgentConstraint, 'region' | 'endpoint'> {
  const { region, endpoint } = hasRegion(environ) ? environ.region() : { region: '', endpoint: '' }
  return region && endpoint ? { region, endpoint } : {}
}

async function fittingBuilds(
  builds: readonly PackedAgent[],
  { version, os, arches }: AgentChoice,
): Promise<readonly AgentBinary[]> {
  const { isWantedVersion } = await import('./find.ts')
  const fits = isWantedVersion(version)
  const fitting = builds.filter(
    (build) => build.os === os && (!arches || arches.includes(build.arch)) && fits(build.version),
  )
  if (fitting.length > 0) {
    const { pathToFileURL } = await import('node:url')
    return fitting.map(({ path, ...agent }) => ({ ...agent, url: pathToFileURL(path).href }))
  }
  const names = builds.map((build) => `${build.version} for ${build.os} on ${build.arch}`)
  throw new NotFoundError(
    `no build is an agent${version === undefined ? '' : ` ${version}`} for ${os}${arches ? ` on ${arches.join(' or ')}` : ''}; there is ${names.join(', ')}`,
    { resource: 'agent', hint: 'pack the build for that system and architecture, with that version' },
  )
}

/** Finds agents for the models of a runtime. */
export class AgentFinder {
  readonly #services: AgentFinderServices

  constructor(services: AgentFinderServices) {
    this.#services = services
  }

  /**
   * Data sources of agents for an environ: `agent-metadata-url` of its model, those that are registered, the one that
   * the cloud names. No official one: what Juju publishes is not what our machines run.
   * @throws NotValidError when `agent-metadata-url` is no place to read from
   */
  async sources(environ: Environ, options: CallOptions = {}): Promise<readonly DataSource[]> {
    const { registry } = this.#services
    return await agentMetadataSources(environ, { registry, http: this.#http(), ...options })
  }

  /**
   * Agents that the sources of a model have, newest first. Streams: those of its `agent-stream`, unless given.
   * @throws NotFoundError with what there is instead
   */
  async find(
    environ: Environ,
    constraint: AgentConstraint = {},
    options: CallOptions = {},
  ): Promise<readonly [FoundAgent, ...FoundAgent[]]> {
    const sources = await this.sources(environ, options)
    const streams = streamsOf(environ, constraint.version)
    const { findAgents } = await import('./find.ts')
    return await findAgents(sources, { ...placeOf(environ), streams, ...constraint }, options)
  }

  /**
   * What machines may run, the newest for each architecture: of the builds that are given, or of what the sources have
   * (Juju: `bootstrap.Bootstrap`). Nothing when no version is asked for and there is no source.
   * @throws NotFoundError with what there is instead
   */
  async choose(
    environ: Environ,
    choice: AgentChoice,
    options: CallOptions = {},
  ): Promise<readonly AgentBinary[] | undefined> {
    const { builds = [], ...constraint } = choice
    if (builds.length > 0) return newestOfEachArch(await fittingBuilds(builds, choice))
    if (choice.version === undefined && (await this.sources(environ, options)).length === 0) return undefined
    return newestOfEachArch(await this.find(environ, constraint, options))
  }

  #http() {
    const { clock, dispatcher } = this.#services
    return { clock, ...(dispatcher ? { dispatcher } : {}) }
  }
}
