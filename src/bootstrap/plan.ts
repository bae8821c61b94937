import type { Constraints } from '../constraints/value.ts'
import type { AgentBinary } from '../environ/agents.ts'
import type { BootstrapContext } from '../environ/bootstrap.ts'
import { explainsInstanceSpecs } from '../environ/capabilities.ts'
import { NotFoundError } from '../environ/errors.ts'
import type { Base } from '../environ/instance-config.ts'
import type { InstanceSpecExplanation } from '../environ/instance-spec.ts'
import { candidateZones } from '../instances/zones.ts'
import type { BootstrapControllerParams, PreparedBootstrap } from './prepare.ts'

/** What a bootstrap would do. */
export interface BootstrapPlan {
  readonly controllerName: string
  readonly cloud: string
  readonly region?: string
  readonly base: Base
  /** All that is wanted of the machine. */
  readonly constraints: Constraints
  /** Names of constraints that the cloud knows nothing of. */
  readonly ignored: readonly string[]
  /** Availability zones in the order in which they are tried; none: the cloud has none, or chooses. */
  readonly zones: readonly string[]
  /** One for each architecture that the machine may have; none: nothing is installed on it. */
  readonly agents: readonly AgentBinary[]
  /** What the machine is started from, and why; absent where the provider does not tell. */
  readonly instance?: InstanceSpecExplanation
}

/** The plan of what was prepared. @throws NotFoundError when a start would find no image, instance type or zone */
export async function planOf(
  { controllerName, cloud, placement }: BootstrapControllerParams,
  prepared: PreparedBootstrap,
  { signal }: BootstrapContext,
): Promise<BootstrapPlan> {
  const { environ, base, constraints, availableTools: agents = [], imageMetadata, instanceConfig } = prepared
  const images = imageMetadata ? { imageMetadata } : {}
  const validator = await environ.constraintsValidator({ signal })
  const start = {
    controllerUuid: prepared.details.uuid,
    instanceConfig,
    constraints,
    ...images,
    ...(placement === undefined ? {} : { placement }),
  }
  const zones = await candidateZones(environ, start, { signal })
  const instance = explainsInstanceSpecs(environ)
    ? await environ.explainInstanceSpec({ base, constraints, ...images }, { signal })
    : undefined
  if (instance?.problem !== undefined) throw new NotFoundError(instance.problem)
  return {
    controllerName,
    cloud: cloud.name,
    ...(cloud.region === undefined ? {} : { region: cloud.region }),
    base,
    constraints,
    ignored: validator.validate(constraints),
    zones: zones.filter((zone) => zone !== undefined),
    agents,
    ...(instance ? { instance } : {}),
  }
}
