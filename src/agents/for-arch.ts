import type { AgentBinary } from '../environ/agents.ts'
import { NotFoundError } from '../environ/errors.ts'
import type { InstanceConfig } from '../environ/instance-config.ts'

/** The agent among these for machines of an architecture. @throws NotFoundError when there is none */
function agentFor(agents: readonly AgentBinary[], arch: string): AgentBinary {
  const agent = agents.find((each) => each.arch === arch)
  if (agent) return agent
  const others = agents.map((each) => each.arch).join(', ')
  throw new NotFoundError(`no agent for ${arch}; there is one for ${others || 'no architecture'}`, {
    resource: `agent for ${arch}`,
    hint: 'ask for one of these architectures with the constraint "arch"',
  })
}

/** Those that an agent is among; without agents, all. */
export const withAgentFor = <T extends { readonly arch: string }>(
  all: readonly T[],
  agents: readonly AgentBinary[] | undefined,
): readonly T[] => (agents ? all.filter(({ arch }) => agents.some((agent) => agent.arch === arch)) : all)

/**
 * The configuration of a machine whose architecture is known by now, with its agent (Juju: `InstanceConfig.SetTools`).
 * @throws NotFoundError when there are agents and none is for it
 */
export const withAgent = (
  instanceConfig: InstanceConfig,
  agents: readonly AgentBinary[] | undefined,
  arch: string,
): InstanceConfig => (agents ? { ...instanceConfig, agentBinary: agentFor(agents, arch) } : instanceConfig)
