/** A part of a configuration file that knows where it is, so that mistakes can be named. */

import { NotValidError } from 'cloud-environs'

/** Names with values, as a file has them: texts, lists and further names. */
export type Values = Readonly<Record<string, unknown>>

/** A mapping of a file. */
export class Section {
  /** The file, or `environment variables`. */
  readonly source: string
  /** `clouds.home.auth`; empty at the top. */
  readonly path: string
  readonly values: Values

  constructor(source: string, path: string, values: Values) {
    this.source = source
    this.path = path
    this.values = values
  }

  /** The mapping below that key; an absent one is empty. @throws NotValidError when it is something else */
  section(key: string, value: unknown): Section {
    if (value === undefined || value === null || value === '')
      return new Section(this.source, this.#below(key), {})
    if (!isValues(value)) throw this.wrong(key, 'a mapping of names to values')
    return new Section(this.source, this.#below(key), value)
  }

  /** The same values, said to be at that path. */
  at(path: string): Section {
    return new Section(this.source, path, this.values)
  }

  /** This section with other values laid over it, at every depth. */
  with(over: Values | undefined): Section {
    return over === undefined ? this : new Section(this.source, this.path, merge(this.values, over))
  }

  /** The error for a value of the wrong kind. The value is not shown: it may be a secret. */
  wrong(key: string, wanted: string): NotValidError {
    const path = this.#below(key)
    return new NotValidError(`${this.source}: ${path} must be ${wanted}`, {
      resource: this.source,
      hint: `correct ${path} in ${this.source}`,
    })
  }

  #below(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`
  }
}

/** The mapping at a key. */
export function sectionOf(section: Section, key: string): Section {
  return section.section(key, section.values[key])
}

/** The text at a key; an empty one counts as absent. @throws NotValidError when it is a list or a mapping */
export function textOf(section: Section, key: string): string | undefined {
  const value = section.values[key]
  if (value === undefined || value === null || value === '' || value === '~' || value === 'null')
    return undefined
  if (typeof value === 'string') return value
  throw section.wrong(key, 'a text')
}

/** `over` laid over `base`: mappings are merged, everything else is replaced. */
function merge(base: Values, over: Values): Values {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key]
    merged[key] = isValues(below) && isValues(value) ? merge(below, value) : value
  }
  return merged
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
