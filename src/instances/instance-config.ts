import type { ModelConfig } from '../environ/config.ts'
import type { Base, InstanceConfig } from '../environ/instance-config.ts'
import type { RandomSource } from '../environ/services.ts'
import { resourceTags } from '../environ/tags.ts'

/** Whose machine it is to be. */
export interface MachineIdentity {
  readonly machineId: string
  readonly controllerUuid: string
  readonly modelConfig: ModelConfig
  readonly base: Base
  readonly isController: boolean
}

/** The configuration of a new machine, with its tags and a nonce of its own. */
export function newInstanceConfig(machine: MachineIdentity, random: RandomSource): InstanceConfig {
  const { machineId, controllerUuid, modelConfig, base, isController } = machine
  const modelUuid = modelConfig.uuid
  return {
    machineId,
    machineNonce: `machine-${machineId}:${random.uuid()}`,
    controllerUuid,
    modelUuid,
    isController,
    base,
    authorizedKeys: modelConfig.authorizedKeys,
    tags: resourceTags({
      modelUuid,
      controllerUuid,
      machineId,
      isController,
      userTags: modelConfig.resourceTags,
    }),
  }
}
