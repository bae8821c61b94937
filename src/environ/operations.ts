/** What can be done with an instance that exists: power, console, snapshots. Each is a capability of its own. */

import type { InstanceId } from './instance.ts'
import type { CallOptions } from './options.ts'

/** How an instance is restarted. */
export interface RebootOptions extends CallOptions {
  /** Turn the power off and on, without asking the guest; default false. */
  readonly hard?: boolean | undefined
}

/**
 * Turns instances of this model off and on. All resolve when the instance is in the state asked for, and at once when it
 * is already. @throws NotFoundError for an instance that is not there, ConflictError when its state does not allow it
 */
export interface Power {
  start(id: InstanceId, options?: CallOptions): Promise<void>
  /** The guest may shut itself down first. The instance, its disk and its addresses stay. */
  stop(id: InstanceId, options?: CallOptions): Promise<void>
  reboot(id: InstanceId, options?: RebootOptions): Promise<void>
}

/** An environ whose instances can be turned off and on. */
export interface PowerEnviron {
  readonly power: Power
}

/** How much of the console's output is wanted. */
export interface ConsoleOutputOptions extends CallOptions {
  /** The last so many lines; default all that the cloud keeps. */
  readonly lines?: number | undefined
}

/** A console that a person opens. Whoever has the URL has the console, until the cloud ends it. */
export interface ConsoleSession {
  readonly url: string
  /** `vnc`, `spice`, `serial`. */
  readonly protocol: string
}

/** Consoles of instances of this model. @throws NotFoundError, ConflictError while the instance has none */
export interface Consoles {
  output(id: InstanceId, options?: ConsoleOutputOptions): Promise<string>
  /** Each call makes one more. @throws NotSupportedError where the cloud has no console to open */
  session(id: InstanceId, options?: CallOptions): Promise<ConsoleSession>
}

/** An environ whose instances have consoles. */
export interface ConsoleEnviron {
  readonly consoles: Consoles
}

/** What a snapshot shall be. */
export interface SnapshotParams {
  readonly name: string
  /** Besides the reserved ones, which say what it was taken of. */
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** An image taken of an instance. */
export interface Snapshot {
  readonly id: string
  readonly name: string
  /** `pending` until its data is all there. */
  readonly state: 'pending' | 'ready' | 'failed'
  readonly tags: Readonly<Record<string, string>>
  /** The instance it was taken of. */
  readonly source: InstanceId
}

/** Snapshots of instances of this model, from which others can be started: their id is an `image-id`. */
export interface Snapshots {
  /**
   * Begins one; see {@link Snapshot.state}. The instance goes on running.
   * @throws NotFoundError, ConflictError when its state does not allow it, QuotaExceededError
   */
  create(id: InstanceId, params: SnapshotParams, options?: CallOptions): Promise<Snapshot>
  /** Those of the model, or of one instance, newest first. */
  list(
    filter?: { readonly source?: InstanceId | undefined },
    options?: CallOptions,
  ): Promise<readonly Snapshot[]>
  /** Gone already is fine. @throws ConflictError while something depends on it */
  delete(snapshotId: string, options?: CallOptions): Promise<void>
}

/** An environ that takes snapshots. */
export interface SnapshotEnviron {
  readonly snapshots: Snapshots
}
