import { withAgent } from '../agents/for-arch.ts'
import type { AgentFinder, PackedAgent } from '../agents/index.ts'
import { applyAttributes } from '../config/model-config.ts'
import type { Constraints } from '../constraints/value.ts'
import type { AgentBinary } from '../environ/agents.ts'
import type { BootstrapContext } from '../environ/bootstrap.ts'
import type { Environ } from '../environ/environ.ts'
import type { Base, InstanceConfig } from '../environ/instance-config.ts'
import type { CallOptions } from '../environ/options.ts'

/** Which agent a controller is to run. */
export interface AgentWish {
  /** `none`: nothing is installed, a started instance is the result. */
  readonly agent?: 'none'
  /** `3.6.1`, or `3.6` for the newest of them. Default: the model's `agent-version`, else the newest. */
  readonly agentVersion?: string
  /** Builds of one's own, see `packAgent`: one of them is run, and no source of agents is asked. */
  readonly agentBuilds?: readonly PackedAgent[]
}

/** Packs the agent that comes with this package, for machines like this one. */
export type ReferenceAgent = (os: string, options: CallOptions) => Promise<PackedAgent>

const AGENT_VERSION = 'agent-version'

/** Where agents are from. */
interface AgentChoices {
  readonly agents: Pick<AgentFinder, 'choose'>
  /** Taken when there is no other; absent: none is. */
  readonly referenceAgent?: ReferenceAgent
}

/**
 * The agents that fit, the newest for each architecture: of the builds that are given, or of what the sources have. When
 * no version is asked for and there is no source, the agent that comes with this package.
 * @throws NotFoundError with what there is instead
 */
export async function chooseAgents(
  { agentVersion, agentBuilds }: AgentWish,
  { environ, base, arch }: { environ: Environ; base: Base; arch: string | undefined },
  context: BootstrapContext,
  { agents, referenceAgent }: AgentChoices,
): Promise<readonly AgentBinary[] | undefined> {
  const { signal } = context
  const version = agentVersion ?? environ.config().agentVersion
  const choice = {
    os: base.os,
    ...(version === undefined ? {} : { version }),
    ...(agentBuilds === undefined ? {} : { builds: agentBuilds }),
    ...(arch === undefined ? {} : { arches: [arch] }),
  }
  let chosen = await agents.choose(environ, choice, { signal })
  if (!chosen && referenceAgent) {
    const build = await referenceAgent(base.os, { signal })
    chosen = await agents.choose(environ, { ...choice, builds: [build] }, { signal })
  }
  if (chosen)
    context.verbose(`agents: ${chosen.map((agent) => `${agent.version} for ${agent.arch}`).join(', ')}`)
  return chosen
}

/** The constraints, on the architecture of the agents when they are all for one. */
export function onTheirArch(
  constraints: Constraints,
  agents: readonly AgentBinary[] | undefined,
): Constraints {
  const [agent, ...others] = agents ?? []
  return agent && others.length === 0 ? { ...constraints, arch: agent.arch } : constraints
}

/** The controller's configuration with the agent for its architecture, whose version the model's gets too. */
export async function withChosenAgent(
  environ: Environ,
  instanceConfig: InstanceConfig,
  { availableTools, arch }: { availableTools: readonly AgentBinary[] | undefined; arch: string },
  context: BootstrapContext,
): Promise<{ readonly config: InstanceConfig; readonly attributes: Readonly<Record<string, unknown>> }> {
  const config = withAgent(instanceConfig, availableTools, arch)
  const { agentBinary } = config
  if (!agentBinary) return { config, attributes: {} }
  context.info(`Agent ${agentBinary.version} for ${arch}`)
  const attributes = { [AGENT_VERSION]: agentBinary.version }
  await environ.setConfig(await applyAttributes(environ.config(), attributes), { signal: context.signal })
  return { config, attributes }
}
