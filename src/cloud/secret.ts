import { inspect } from 'node:util'

const MASK = '***'

/**
 * A string that must not be seen: it prints as `***` in logs, errors, `util.inspect`, template strings and JSON.
 * {@link Secret.reveal} gives the value, and is called only where it goes out over a verified connection or into a
 * file of mode 0600.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  [inspect.custom](): string {
    return MASK
  }
}
