import type { ControllerDetails, ControllerStore, MachineRecord } from '../bootstrap/index.ts'
import { type Clock, ConflictError } from '../environ/index.ts'

/** How often a start gives a sign of life, and after how long without one it has died: 1 and 5 minutes. */
const HEARTBEAT = 60_000
const LIFETIME = 300_000

/** Whether the machine of this record may still be in the hands of whoever starts it. A job gives no signs of life. */
export const isBeingStarted = (record: MachineRecord, now: number): boolean =>
  'job' in record || ('starting' in record && now - record.starting < LIFETIME)

/** Whether the machine of this record may still be in the hands of another runtime than this one, or of a job. */
export const isStartedElsewhere = (record: MachineRecord, runtime: string, now: number): boolean =>
  isBeingStarted(record, now) && !('starting' in record && record.by === runtime)

/** That a machine is in somebody else's hands. */
export function startedElsewhere(machineId: string, record?: MachineRecord): ConflictError {
  const job = record && 'job' in record ? record.job : undefined
  const by = job === undefined ? 'another process' : `job ${job}`
  return new ConflictError(`machine ${machineId} is being started by ${by}`, {
    operation: 'startMachines',
    resource: `machine ${machineId}`,
    hint:
      job === undefined
        ? 'ask for it again when that one is done; if it was killed, in 5 minutes'
        : 'ask for it again when that job is over, or cancel it',
  })
}

/** What is to be remembered; `undefined`: nothing any more. */
type Changes = ReadonlyMap<string, MachineRecord | undefined>

/** A controller with other records of machines. */
export function withMachines(details: ControllerDetails, changes: Changes): ControllerDetails {
  const machines = { ...details.machines }
  for (const [machineId, record] of changes) {
    if (record) machines[machineId] = record
    else delete machines[machineId]
  }
  // From here on every machine has a record; those that were started before may have none.
  return { ...details, machines, ...(details.machines ? {} : { recordedFrom: details.nextMachine }) }
}

/** Whose the machines are: a runtime's, or a job's, in the hands of whichever worker; of the controller with this UUID. */
type RecordOwner = { readonly runtime: string } | { readonly job: string; readonly controllerUuid: string }

/** Writes records of a controller's machines; what comes while one write is under way goes into the next, at once. */
export class MachineRecords {
  readonly #store: ControllerStore
  readonly #controllerName: string
  readonly #clock: Clock
  readonly #owner: RecordOwner
  readonly #starting = new Set<string>()
  #changes = new Map<string, MachineRecord | undefined>()
  #current: Promise<unknown> = Promise.resolve()
  #next: Promise<ControllerDetails> | undefined

  constructor(store: ControllerStore, controllerName: string, clock: Clock, owner: RecordOwner) {
    this.#store = store
    this.#controllerName = controllerName
    this.#clock = clock
    this.#owner = owner
  }

  /** The record of a machine that is being started here and now. */
  starting(): MachineRecord {
    const by = 'runtime' in this.#owner ? { by: this.#owner.runtime } : {}
    return { starting: this.#clock.now(), ...by }
  }

  /** Takes a machine that has no record. @throws ConflictError when somebody else has taken it meanwhile */
  async begin(machineId: string): Promise<void> {
    await this.#store.update(this.#controllerName, (details) => {
      const record = details.machines?.[machineId]
      const taken = record && ('instanceId' in record || this.#isElsewhere(record))
      if (taken) throw startedElsewhere(machineId, record)
      return withMachines(details, new Map([[machineId, this.starting()]]))
    })
    this.watch(machineId, this.starting())
  }

  /** Resolves when it is written. @throws ConflictError when an instance cannot have the machine: somebody else took it */
  async set(machineId: string, record: MachineRecord | undefined): Promise<void> {
    const wasStarting = this.#starting.has(machineId)
    this.watch(machineId, record)
    this.#changes.set(machineId, record)
    this.#next ??= this.#write(this.#current)
    let written: MachineRecord | undefined
    try {
      written = (await this.#next).machines?.[machineId]
    } catch (error) {
      if (wasStarting) this.#starting.add(machineId)
      throw error
    }
    if (!record || !('instanceId' in record)) return
    if (!written || !('instanceId' in written) || written.instanceId !== record.instanceId) {
      throw startedElsewhere(machineId)
    }
  }

  /** From now on its record, which is written already, gives signs of life for as long as it is being started. */
  watch(machineId: string, record: MachineRecord | undefined): void {
    if (record && 'starting' in record) this.#starting.add(machineId)
    else this.#starting.delete(machineId)
  }

  /** Gives signs of life until it is disposed of. */
  keepAlive(): Disposable {
    const over = new AbortController()
    void this.#beat(over.signal)
    return { [Symbol.dispose]: () => over.abort() }
  }

  async #beat(over: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.#clock.sleep(HEARTBEAT, { signal: over })
      } catch {
        return
      }
      const record = this.starting()
      // One that cannot be written is made up for by the next.
      await Promise.all([...this.#starting].map((id) => this.set(id, record))).catch(() => undefined)
    }
  }

  async #write(current: Promise<unknown>): Promise<ControllerDetails> {
    await current.catch(() => undefined)
    this.#current = this.#next ?? current
    this.#next = undefined
    const changes = this.#changes
    this.#changes = new Map()
    return await this.#store.update(this.#controllerName, (details) =>
      withMachines(details, this.#stillOurs(changes, details)),
    )
  }

  /** A machine that somebody else took, because no sign of life came from here, is theirs. */
  #stillOurs(changes: Changes, { uuid, machines }: ControllerDetails): Changes {
    const owner = this.#owner
    return new Map(
      [...changes].filter(([machineId]) => {
        const record = machines?.[machineId]
        if ('runtime' in owner) return !record || ('starting' in record && record.by === owner.runtime)
        return (
          uuid === owner.controllerUuid && record !== undefined && 'job' in record && record.job === owner.job
        )
      }),
    )
  }

  #isElsewhere(record: MachineRecord): boolean {
    const runtime = 'runtime' in this.#owner ? this.#owner.runtime : ''
    return isStartedElsewhere(record, runtime, this.#clock.now())
  }
}
