import type { ControllerDetails, ControllerStore } from '../bootstrap/controller-store.ts'
import { AlreadyExistsError, NotFoundError } from '../environ/errors.ts'

/** Remembers controllers for as long as a test lasts. */
export class MemoryControllerStore implements ControllerStore {
  readonly #controllers = new Map<string, ControllerDetails>()

  async all(): Promise<readonly ControllerDetails[]> {
    return [...this.#controllers.values()]
  }

  async get(name: string): Promise<ControllerDetails> {
    return this.#get(name)
  }

  async add(details: ControllerDetails): Promise<void> {
    if (this.#controllers.has(details.name)) throw new AlreadyExistsError(`"${details.name}" already exists`)
    this.#controllers.set(details.name, details)
  }

  async update(
    name: string,
    change: (details: ControllerDetails) => ControllerDetails,
  ): Promise<ControllerDetails> {
    const details = change(this.#get(name))
    this.#controllers.set(name, details)
    return details
  }

  async remove(name: string): Promise<void> {
    this.#controllers.delete(name)
  }

  #get(name: string): ControllerDetails {
    const details = this.#controllers.get(name)
    if (details) return details
    const names = [...this.#controllers.keys()].join(', ')
    throw new NotFoundError(`controller "${name}" not found`, { hint: `the controllers are: ${names}` })
  }
}
