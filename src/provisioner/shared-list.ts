import type { Environ, Instance } from '../environ/index.ts'

/** Lists instances; all who ask while a list is under way share the next one, which begins after they asked. */
export class SharedList {
  readonly #environ: Environ
  #current: Promise<unknown> = Promise.resolve()
  #next: Promise<readonly Instance[]> | undefined

  constructor(environ: Environ) {
    this.#environ = environ
  }

  list(): Promise<readonly Instance[]> {
    this.#next ??= this.#begin(this.#current)
    return this.#next
  }

  async #begin(current: Promise<unknown>): Promise<readonly Instance[]> {
    await current.catch(() => undefined)
    this.#current = this.#next ?? current
    this.#next = undefined
    return await this.#environ.allInstances()
  }
}
