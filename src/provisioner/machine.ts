import type { Constraints } from '../constraints/index.ts'
import type { CallOptions, Instance, InstanceState, StartInstanceResult } from '../environ/index.ts'

/** What machine is wanted. */
export interface MachineParams {
  /** The machine meant, when it may exist already: `5`. Default: a new one with the model's next number. */
  readonly machineId?: string
  readonly constraints?: Constraints
  /** `ubuntu@24.04`. Default: the model's `default-base`. */
  readonly base?: string
  readonly placement?: string
  /** Ids of machines to keep it apart from, in zones. Default: all of the model. */
  readonly distributionGroup?: readonly string[]
}

/** A machine of a model and the instance that it is. */
export interface StartedMachine extends StartInstanceResult {
  readonly machineId: string
}

/** What became of one machine. `machineId` is missing where none was given out. */
export type MachineOutcome =
  | (StartedMachine & { readonly status: 'started'; readonly attempts: number })
  | { readonly status: 'existing'; readonly machineId: string; readonly instance: Instance }
  | {
      readonly status: 'failed'
      readonly machineId?: string
      readonly error: Error
      /** How often it was tried; 0: refused before anything was asked for. */
      readonly attempts: number
    }
  /** Ended by the signal; no instance of it is left. */
  | { readonly status: 'cancelled'; readonly machineId?: string }

/** Something that happened to a machine that is being started. */
export type MachineEvent = { readonly machineId: string; readonly message: string } & (
  | { readonly kind: 'attempt'; readonly attempt: number }
  | { readonly kind: 'status'; readonly state: InstanceState }
  | { readonly kind: 'zone-failed'; readonly zone: string; readonly error: Error }
  /** It is tried again after `delay` milliseconds. */
  | { readonly kind: 'retry'; readonly attempt: number; readonly delay: number; readonly error: Error }
  | { readonly kind: 'done'; readonly outcome: MachineOutcome }
)

/** How starting many machines is watched, limited and ended. */
export interface StartMachinesOptions extends CallOptions {
  readonly onProgress?: (event: MachineEvent) => void
  /** Machines being started at the same time. Default 16. */
  readonly concurrency?: number
  /** Further attempts for each machine after the first. Default 10. */
  readonly retries?: number
  /** Milliseconds between attempts. Default 10,000. */
  readonly retryDelay?: number
}
