import type { ControllerStore } from '../bootstrap/index.ts'
import { parseBase } from '../config/index.ts'
import type { Constraints } from '../constraints/index.ts'
import type {
  CallOptions,
  Environ,
  InstanceState,
  RandomSource,
  StartInstanceResult,
} from '../environ/index.ts'
import { newInstanceConfig, startInZones } from '../instances/index.ts'

/** What machine is wanted. */
export interface MachineParams {
  readonly constraints?: Constraints
  /** `ubuntu@24.04`. Default: the model's `default-base`. */
  readonly base?: string
  readonly placement?: string
}

/** How starting a machine is watched and ended. */
export interface StartMachineOptions extends CallOptions {
  readonly onStatus?: (state: InstanceState, info: string) => void
}

/** A machine of a model and the instance that it is. */
export interface StartedMachine extends StartInstanceResult {
  readonly machineId: string
}

/** What a {@link Provisioner} works with. */
export interface ProvisionerServices {
  readonly store: ControllerStore
  readonly random: RandomSource
}

/** Starts machines in a controller's model: a machine id of their own, tags, nonce, zone. */
export class Provisioner {
  readonly #services: ProvisionerServices

  constructor(services: ProvisionerServices) {
    this.#services = services
  }

  /**
   * Starts one more machine.
   * @throws what `startInstance` throws; nothing is left behind, and the machine's id is not used again
   */
  async startMachine(
    controllerName: string,
    environ: Environ,
    params: MachineParams = {},
    options: StartMachineOptions = {},
  ): Promise<StartedMachine> {
    const { store, random } = this.#services
    const validator = await environ.constraintsValidator(options)
    const constraints = validator.merge({}, params.constraints ?? {})
    const unsupported = validator.validate(constraints)
    if (unsupported.length > 0) {
      options.onStatus?.('allocating', `unsupported constraints are ignored: ${unsupported.join(', ')}`)
    }
    const base = parseBase(params.base ?? environ.config().defaultBase)
    const placement = params.placement === undefined ? {} : { placement: params.placement }
    await environ.precheckInstance({ base, constraints, ...placement }, options)

    const { uuid, nextMachine } = await store.update(controllerName, (known) => ({
      ...known,
      nextMachine: known.nextMachine + 1,
    }))
    const machineId = String(nextMachine - 1)
    const result = await startInZones(
      environ,
      {
        controllerUuid: uuid,
        constraints,
        ...placement,
        ...(options.onStatus ? { statusCallback: options.onStatus } : {}),
        instanceConfig: newInstanceConfig(
          { machineId, controllerUuid: uuid, modelConfig: environ.config(), base, isController: false },
          random,
        ),
      },
      options,
    )
    return { ...result, machineId }
  }
}
