import type { Environ } from '../environ/environ.ts'
import { findError, NotSupportedError } from '../environ/errors.ts'
import type { DataSource } from '../environ/images.ts'
import type { CallOptions } from '../environ/options.ts'

/** Gives a data source for an environ; NotSupportedError means "none for this environ". */
export type DataSourceFunc = (environ: Environ, options?: CallOptions) => DataSource | Promise<DataSource>

interface Registration {
  readonly id: string
  readonly func: DataSourceFunc
}

/** The functions that give data sources, in the order they are asked in. */
export class DataSourceRegistry {
  readonly #registrations: Registration[] = []

  /** At the end of the search path; a function of the same id is replaced where it stands. */
  register(id: string, func: DataSourceFunc): void {
    if (!this.#replace({ id, func })) this.#registrations.push({ id, func })
  }

  /** At the start of the search path; a function of the same id is replaced where it stands. */
  registerUser(id: string, func: DataSourceFunc): void {
    if (!this.#replace({ id, func })) this.#registrations.unshift({ id, func })
  }

  /** An id that is not registered is no error. */
  unregister(id: string): void {
    const index = this.#indexOf(id)
    if (index >= 0) this.#registrations.splice(index, 1)
  }

  /**
   * The data sources for an environ, in order (Juju: `ImageMetadataSources`, `GetMetadataSources`).
   * @throws the first error that is not a NotSupportedError
   */
  async sources(environ: Environ, options?: CallOptions): Promise<readonly DataSource[]> {
    const sources: DataSource[] = []
    // A function may register another one: that is for the next call.
    const registrations = this.#registrations.slice()
    for (const { func } of registrations) {
      try {
        sources.push(await func(environ, options))
      } catch (error) {
        if (!findError(error, NotSupportedError)) throw error
      }
    }
    return sources
  }

  #indexOf(id: string): number {
    return this.#registrations.findIndex((registration) => registration.id === id)
  }

  #replace(registration: Registration): boolean {
    const index = this.#indexOf(registration.id)
    if (index >= 0) this.#registrations[index] = registration
    return index >= 0
  }
}
