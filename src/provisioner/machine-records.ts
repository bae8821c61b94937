import type { ControllerDetails, ControllerStore, MachineRecord } from '../bootstrap/index.ts'
import type { Clock } from '../environ/index.ts'

/** How often a start gives a sign of life, and after how long without one it has died: 1 and 5 minutes. */
const HEARTBEAT = 60_000
const LIFETIME = 300_000

/** Whether the machine of this record may still be in the hands of whoever starts it. */
export const isBeingStarted = (record: MachineRecord, now: number): boolean =>
  'starting' in record && now - record.starting < LIFETIME

/** What is to be remembered; `undefined`: nothing any more. */
type Changes = ReadonlyMap<string, MachineRecord | undefined>

/** A controller with other records of machines. */
export function withMachines(details: ControllerDetails, changes: Changes): ControllerDetails {
  const machines = { ...details.machines }
  for (const [machineId, record] of changes) {
    if (record) machines[machineId] = record
    else delete machines[machineId]
  }
  return { ...details, machines }
}

/** Writes records of a controller's machines; what comes while one write is under way goes into the next, at once. */
export class MachineRecords {
  readonly #store: ControllerStore
  readonly #controllerName: string
  readonly #clock: Clock
  readonly #starting = new Set<string>()
  #changes = new Map<string, MachineRecord | undefined>()
  #current: Promise<unknown> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(store: ControllerStore, controllerName: string, clock: Clock) {
    this.#store = store
    this.#controllerName = controllerName
    this.#clock = clock
  }

  /** Resolves when it is written. */
  async set(machineId: string, record: MachineRecord | undefined): Promise<void> {
    const wasStarting = this.#starting.has(machineId)
    this.watch(machineId, record)
    this.#changes.set(machineId, record)
    this.#next ??= this.#write(this.#current)
    try {
      await this.#next
    } catch (error) {
      if (wasStarting) this.#starting.add(machineId)
      throw error
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
      const starting = this.#clock.now()
      // One that cannot be written is made up for by the next.
      await Promise.all([...this.#starting].map((id) => this.set(id, { starting }))).catch(() => undefined)
    }
  }

  async #write(current: Promise<unknown>): Promise<void> {
    await current.catch(() => undefined)
    this.#current = this.#next ?? current
    this.#next = undefined
    const changes = this.#changes
    this.#changes = new Map()
    await this.#store.update(this.#controllerName, (details) => withMachines(details, changes))
  }
}
