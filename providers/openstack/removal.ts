import { EnvironsError, type Logger } from 'cloud-environs/provider'

/** What is removed together: goes on when something refuses to go, and tells of all of it in the end. */
export class Removal {
  readonly #removed: string[] = []
  readonly #refused: { readonly what: string; readonly error: unknown }[] = []

  /** Removes them all at once. Gives those that refused to go; `describe` tells what each is, for the report. */
  async remove<T>(
    all: readonly T[],
    describe: (each: T) => string,
    remove: (each: T) => Promise<unknown>,
  ): Promise<readonly T[]> {
    const outcomes = await Promise.allSettled(all.map(remove))
    return all.filter((each, index) => {
      const outcome = outcomes[index]
      const what = describe(each)
      if (outcome?.status === 'rejected') this.#refused.push({ what, error: outcome.reason as unknown })
      else this.#removed.push(what)
      return outcome?.status === 'rejected'
    })
  }

  /** Logs what was removed, and what refused to go. */
  log(logger: Logger): void {
    if (this.#removed.length > 0) logger.info('removed', { removed: this.#removed })
    if (this.#refused.length > 0) logger.error('some of it refused to go', { refused: this.#refused })
  }

  /** @throws the error of the only thing that refused to go, or one that names them all */
  throwRefused(operation: string): void {
    const [first, ...more] = this.#refused
    if (!first) return
    if (more.length === 0) throw first.error
    throw new EnvironsError(`could not remove ${this.#refused.map(({ what }) => what).join(', ')}`, {
      cause: new AggregateError(this.#refused.map(({ error }) => error)),
      operation,
      hint: 'try again; what is gone already is no error',
    })
  }
}
