import type { CloudSpec } from '../cloud/spec.ts'
import type { ControllerConfig } from '../environ/config.ts'
import type { InstanceId } from '../environ/instance.ts'

/**
 * What is remembered of a machine that was asked for: its instance; or when its start last gave a sign of life, in
 * milliseconds since the epoch, and which runtime is at it; or the id of the job that starts it, for as long as it takes.
 */
export type MachineRecord =
  | { readonly instanceId: InstanceId }
  | { readonly starting: number; readonly by?: string }
  | { readonly job: string }

/**
 * What is remembered of a controller: enough to open its environ again from another process. The credential is named,
 * never kept.
 */
export interface ControllerDetails {
  readonly name: string
  readonly uuid: string
  /** `bootstrapping` from before the first side effect until the controller is usable. */
  readonly status: 'bootstrapping' | 'ready'
  readonly cloud: Omit<CloudSpec, 'credential'>
  /** Id of the job that makes it. */
  readonly job?: string
  /** Name of the credential among those of the cloud; absent: its default one. */
  readonly credentialName?: string
  readonly controllerConfig: ControllerConfig
  /** Attributes of the controller model's configuration. */
  readonly modelConfig: Readonly<Record<string, unknown>> & { readonly uuid: string; readonly type: string }
  /** SSH host keys of its machine, as lines of `known_hosts` without the host. */
  readonly sshHostKeys?: readonly string[]
  readonly instanceIds: readonly InstanceId[]
  /** `host:port` of the controller's API. */
  readonly apiEndpoints: readonly string[]
  /** Number of the next machine of the controller model; a number is never used twice. */
  readonly nextMachine: number
  /** The machines of the controller model besides its own, by id: what has no record here belongs to nobody. */
  readonly machines?: Readonly<Record<string, MachineRecord>>
  /** Machines of smaller numbers were started before such records were kept, and may have none. Default 1. */
  readonly recordedFrom?: number
}

/** Keeps what is known of controllers on this client (Juju: `jujuclient.ControllerStore`). */
export interface ControllerStore {
  all(): Promise<readonly ControllerDetails[]>
  /** @throws NotFoundError listing the names that there are */
  get(name: string): Promise<ControllerDetails>
  /** @throws AlreadyExistsError when the name is taken */
  add(details: ControllerDetails): Promise<void>
  /**
   * Replaces what is known by what `change` makes of it, with nobody else in between.
   * @throws NotFoundError
   */
  update(name: string, change: (details: ControllerDetails) => ControllerDetails): Promise<ControllerDetails>
  /** A name that is not there is no error. */
  remove(name: string): Promise<void>
}
