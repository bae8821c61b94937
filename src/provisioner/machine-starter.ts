import {
  ConflictError,
  type Environ,
  EnvironsError,
  deadline,
  type InstanceId,
  type RandomSource,
  type StartInstanceParams,
  type StartInstanceResult,
  TAG_MACHINE,
} from '../environ/index.ts'
import { newInstanceConfig, startInZones } from '../instances/index.ts'
import type { MachineEvent, MachineOutcome } from './machine.ts'
import type { MachineRecords } from './machine-records.ts'
import type { PreparedMachine } from './prepare-machine.ts'
import { type RetryPolicy, retrying } from './retry.ts'
import type { SharedList } from './shared-list.ts'
import type { Slots } from './slots.ts'
import type { ZonePopulation } from './zone-population.ts'

/** How long removing what failed attempts left may take: 5 minutes; how often it is tried again, and how far apart. */
const CLEANUP_TIMEOUT = 300_000
const CLEANUP_RETRIES = 5
const CLEANUP_RETRY_DELAY = 2_000

/** A machine that is to be started. */
export interface MachineToStart {
  readonly machineId: string
  /** What was checked of it; asked for at each attempt until it is known. */
  prepare(): Promise<PreparedMachine>
  readonly distributionGroup: readonly string[]
  /** Whether the store knows already that it is being started here. */
  readonly recorded: boolean
  /** Whether it may have an instance already that must not stay. */
  readonly leftOver: boolean
  /** Attempts that were made before. */
  readonly attempts?: number
}

/** What the machines of one model have in common. */
export interface ModelOfMachines {
  readonly environ: Environ
  readonly controllerUuid: string
  readonly random: RandomSource
  readonly records: MachineRecords
  readonly instances: SharedList
  readonly zones: ZonePopulation
  /** The instances of machines, as far as they are known. */
  readonly instanceIds: Map<string, InstanceId>
}

/** What the machines of one call have in common. */
export interface Batch extends ModelOfMachines, RetryPolicy {
  /** Whether trying again cannot help. */
  isPermanent(error: Error): boolean
  tell(event: MachineEvent): void
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

/** That a machine is to be tried again. */
export interface FailedAttempt {
  readonly status: 'again'
  readonly error: Error
}

/** Starts one machine: attempts, and what lies between them. */
export class MachineStarter {
  readonly #batch: Batch
  readonly #machine: MachineToStart
  readonly #machineId: string
  #recorded: boolean
  #leftOver: boolean
  #attempts: number
  #prepared: PreparedMachine | undefined

  constructor(batch: Batch, machine: MachineToStart) {
    this.#batch = batch
    this.#machine = machine
    this.#machineId = machine.machineId
    this.#recorded = machine.recorded
    this.#leftOver = machine.leftOver
    this.#attempts = machine.attempts ?? 0
  }

  async start(slots: Slots): Promise<MachineOutcome> {
    const { clock, signal, retryDelay } = this.#batch
    for (;;) {
      const outcome = await slots.run(() => this.attempt())
      if (outcome.status !== 'again') return outcome
      this.#tellRetry(outcome.error)
      try {
        await clock.sleep(retryDelay, { signal })
      } catch (error) {
        return await this.#giveUp(error)
      }
    }
  }

  /** One attempt, after which nothing is left unless there is to be another. */
  async attempt(): Promise<MachineOutcome | FailedAttempt> {
    const { signal, retries } = this.#batch
    if (signal?.aborted) return await this.#giveUp(signal.reason)
    const attempt = ++this.#attempts
    this.#tell({ kind: 'attempt', attempt, message: `Starting machine ${this.#machineId}` })
    try {
      const result = await this.#start()
      return { ...result, status: 'started', machineId: this.#machineId, attempts: attempt }
    } catch (reason) {
      const error = asError(reason)
      this.#batch.zones.leave(this.#machineId)
      this.#leftOver = true
      const over = !this.#recorded || attempt > retries || this.#batch.isPermanent(error)
      if (signal?.aborted || over) return await this.#giveUp(reason)
      return { status: 'again', error }
    }
  }

  async #start(): Promise<StartInstanceResult> {
    const { environ, records, signal, zones, instanceIds } = this.#batch
    const { distributionGroup } = this.#machine
    // Before anything is removed: what is there may be somebody else's by now.
    if (!this.#recorded) await records.begin(this.#machineId)
    this.#recorded = true
    if (this.#leftOver) await this.#removeLeftOver(signal)
    const prepared = await this.#prepare()
    const result = await startInZones(environ, this.#params(prepared), {
      signal,
      chooseZone: (left) => zones.choose(this.#machineId, distributionGroup, left),
      onZoneFailed: (zone, error) => {
        const message = `Availability zone ${zone} failed for machine ${this.#machineId}: ${error.message}`
        this.#tell({ kind: 'zone-failed', zone, error, message })
      },
    })
    const instanceId = result.instance.id
    try {
      // An instance that cannot be recorded is one too many: the failure removes it.
      await records.set(this.#machineId, { instanceId })
    } catch (error) {
      if (error instanceof ConflictError) {
        // Only this one: the others are whose the machine is now.
        this.#recorded = false
        const remains = await this.#cleanUp((limit) => environ.stopInstances([instanceId], { signal: limit }))
        if (remains) throw this.#withLeft(error, remains)
        // Whoever cancelled the job took the machine from it.
        signal?.throwIfAborted()
      }
      throw error
    }
    instanceIds.set(this.#machineId, instanceId)
    return result
  }

  async #prepare(): Promise<PreparedMachine> {
    if (this.#prepared) return this.#prepared
    this.#prepared = await this.#machine.prepare()
    const { unsupported } = this.#prepared
    if (unsupported.length > 0) {
      const message = `unsupported constraints are ignored: ${unsupported.join(', ')}`
      this.#tell({ kind: 'status', state: 'allocating', message })
    }
    return this.#prepared
  }

  #params({ base, constraints, placement, imageMetadata }: PreparedMachine): StartInstanceParams {
    const { environ, controllerUuid, random, instanceIds } = this.#batch
    const { distributionGroup } = this.#machine
    const machineId = this.#machineId
    return {
      controllerUuid,
      constraints,
      ...(placement === undefined ? {} : { placement }),
      ...(imageMetadata ? { imageMetadata } : {}),
      distributionGroup: async () => distributionGroup.flatMap((id) => instanceIds.get(id) ?? []),
      statusCallback: (state, message) => this.#tell({ kind: 'status', state, message }),
      instanceConfig: newInstanceConfig(
        { machineId, controllerUuid, modelConfig: environ.config(), base, isController: false },
        random,
      ),
    }
  }

  /** The providers undo a failed start; what they could not must not become a second instance of the machine. */
  async #removeLeftOver(signal: AbortSignal | undefined): Promise<void> {
    const { environ, instances } = this.#batch
    const found = (await instances.list()).filter(({ tags }) => tags[TAG_MACHINE] === this.#machineId)
    if (found.length > 0)
      await environ.stopInstances(
        found.map(({ id }) => id),
        { signal },
      )
    this.#leftOver = false
  }

  /** Removes what may be left, and the record. */
  async #giveUp(reason: unknown): Promise<MachineOutcome> {
    const error = asError(reason)
    const { records, signal } = this.#batch
    const machineId = this.#machineId
    const attempts = this.#attempts
    const ours = this.#recorded
    const remains =
      ours && this.#leftOver ? await this.#cleanUp((limit) => this.#removeLeftOver(limit)) : undefined
    // A record that cannot be removed claims nothing for long, and there is nothing left to claim.
    if (ours) await records.set(machineId, undefined).catch(() => undefined)
    if (!remains) {
      // An error of the provider's own tells of what it could not undo.
      return signal?.aborted && reason === signal.reason
        ? { status: 'cancelled', machineId }
        : { status: 'failed', machineId, error, attempts }
    }
    return { status: 'failed', machineId, error: this.#withLeft(error, remains), attempts }
  }

  #withLeft(error: Error, remains: Error): EnvironsError {
    const resource = `machine ${this.#machineId}`
    return new EnvironsError(`${error.message}; and an instance of ${resource} may be left`, {
      cause: new AggregateError([error, remains]),
      operation: 'startMachines',
      resource,
      hint: 'collect what no machine owns ("environs gc") to try again to remove it',
    })
  }

  /** Gives the error when it cannot. */
  async #cleanUp(remove: (signal: AbortSignal) => Promise<void>): Promise<Error | undefined> {
    const { clock } = this.#batch
    // Not the caller's signal: that may be what ended the start.
    using limit = deadline(
      clock,
      CLEANUP_TIMEOUT,
      'removing what a failed start left took longer than 5 minutes',
    )
    const { signal } = limit
    try {
      const policy = { clock, retries: CLEANUP_RETRIES, retryDelay: CLEANUP_RETRY_DELAY, signal }
      await retrying(policy, () => remove(signal))
      return undefined
    } catch (error) {
      return asError(signal.aborted ? signal.reason : error)
    }
  }

  #tellRetry(error: Error): void {
    const { retryDelay: delay } = this.#batch
    const message = `Machine ${this.#machineId} is tried again in ${delay / 1000} s: ${error.message}`
    this.#tell({ kind: 'retry', attempt: this.#attempts, delay, error, message })
  }

  #tell(event: DistributiveOmit<MachineEvent, 'machineId'>): void {
    this.#batch.tell({ ...event, machineId: this.#machineId })
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
