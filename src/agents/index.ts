/** The door of the room. What looks for agents, or handles them, is loaded when it is first called. */

import type * as download from './download.ts'
import type * as find from './find.ts'
import type * as generate from './generate.ts'
import type * as manifest from './manifest.ts'
import type * as pack from './pack.ts'

export { AgentDataSourceRegistry, agentMetadataSources, type AgentSourcesOptions } from './data-sources.ts'
export type { DownloadAgentOptions } from './download.ts'
export type { AgentConstraint, ExactAgent, FoundAgent } from './find.ts'
export type { GenerateAgentsParams } from './generate.ts'
export type { PackedAgent } from './manifest.ts'
export type { AgentChoice, AgentFinder } from './finder.ts'
export { newestAgents } from './newest.ts'
export type { PackAgentParams } from './pack.ts'
export { preferredStreams, type StreamPreference } from './streams.ts'
export {
  type AgentVersion,
  compareAgentVersions,
  formatAgentVersion,
  isDevelopmentVersion,
  parseAgentVersion,
} from './version.ts'

/** See `findAgents` in `find.ts`: the agents that sources have. @throws NotFoundError with what there is instead */
export const findAgents: typeof find.findAgents = async (...given) =>
  (await import('./find.ts')).findAgents(...given)

/** See `findExactAgent` in `find.ts`: the one of that version, system and architecture. @throws NotFoundError */
export const findExactAgent: typeof find.findExactAgent = async (...given) =>
  (await import('./find.ts')).findExactAgent(...given)

/** See `downloadAgent` in `download.ts`: a file whose size and SHA-256 are as announced. @throws NotValidError */
export const downloadAgent: typeof download.downloadAgent = async (...given) =>
  (await import('./download.ts')).downloadAgent(...given)

/** See `packAgent` in `pack.ts`: a build as an archive with a manifest beside it. @throws NotValidError */
export const packAgent: typeof pack.packAgent = async (...given) =>
  (await import('./pack.ts')).packAgent(...given)

/** See `readPackedAgent` in `manifest.ts`: a packed agent, checked. @throws NotValidError, NotFoundError */
export const readPackedAgent: typeof manifest.readPackedAgent = async (...given) =>
  (await import('./manifest.ts')).readPackedAgent(...given)

/** See `generateAgentMetadata` in `generate.ts`: metadata in a directory. @throws AlreadyExistsError, NotValidError */
export const generateAgentMetadata: typeof generate.generateAgentMetadata = async (...given) =>
  (await import('./generate.ts')).generateAgentMetadata(...given)
