export { AgentDataSourceRegistry, agentMetadataSources, type AgentSourcesOptions } from './data-sources.ts'
export { downloadAgent, type DownloadAgentOptions } from './download.ts'
export {
  type AgentConstraint,
  type ExactAgent,
  findAgents,
  findExactAgent,
  type FoundAgent,
  newestAgents,
} from './find.ts'
export { generateAgentMetadata, type GenerateAgentsParams } from './generate.ts'
export { type PackedAgent, readPackedAgent } from './manifest.ts'
export { packAgent, type PackAgentParams } from './pack.ts'
export { preferredStreams, type StreamPreference } from './streams.ts'
export {
  type AgentVersion,
  compareAgentVersions,
  formatAgentVersion,
  isDevelopmentVersion,
  parseAgentVersion,
} from './version.ts'
