import type { AgentBinary } from '../environ/agents.ts'
import { type AgentVersion, compareAgentVersions, parseAgentVersion } from './version.ts'

/** Those of the newest version, one for each system and architecture (Juju: `List.Newest`). */
export function newestAgents<A extends AgentBinary>(agents: readonly A[]): readonly A[] {
  const versions = agents.map(({ version }) => parseAgentVersion(version)).sort(compareAgentVersions)
  const newest: AgentVersion | undefined = versions.at(-1)
  return newest
    ? agents.filter(({ version }) => compareAgentVersions(parseAgentVersion(version), newest) === 0)
    : []
}

/** The newest for each architecture, the newest of all first. */
export function newestOfEachArch<A extends AgentBinary>(agents: readonly A[]): readonly A[] {
  const sorted = agents.toSorted((a, b) =>
    compareAgentVersions(parseAgentVersion(b.version), parseAgentVersion(a.version)),
  )
  return sorted.filter(({ arch }, index) => sorted.findIndex((each) => each.arch === arch) === index)
}
