/** Faults that a test plants in the wire, and the log of what was asked. */

/**
 * What happens to a request instead of its answer.
 * - `reset-before`, `reset-after`: the connection is reset before the cloud acts, or after it acted
 * - `silence`, `silence-after`: no answer ever comes; the cloud did not act, or did
 * - `truncated`: the cloud acts, and half of the answer arrives
 * - `html`: a gateway answers 502 with a page in HTML; the cloud does not act
 * - an object: this answer; the cloud does not act
 */
export type FaultAction =
  | 'reset-before'
  | 'reset-after'
  | 'silence'
  | 'silence-after'
  | 'truncated'
  | 'html'
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      /** A text goes out as it is, anything else as JSON. */
      readonly body?: unknown
    }

/** A rule: which requests meet the fault. */
export interface FaultRule {
  /** HTTP method; any when omitted. */
  readonly method?: string
  /** Tested against path and query, e.g. `/compute\/v2.1\/servers$/`; any when omitted. */
  readonly path?: RegExp
  /** Matching requests that pass unharmed first. Default 0. */
  readonly skip?: number
  /** Matching requests that meet the fault after that. Default 1; `Infinity` for all. */
  readonly times?: number
  readonly action: FaultAction
}

/** A planted rule. */
export interface PlantedFault {
  /** Requests that met it so far. */
  readonly hits: number
  remove(): void
}

interface Planted {
  readonly rule: FaultRule
  skip: number
  left: number
  hits: number
}

export class Faults {
  #planted: Planted[] = []

  /** Plants a fault; the rule added first wins when several match. */
  add(rule: FaultRule): PlantedFault {
    const planted: Planted = { rule, skip: rule.skip ?? 0, left: rule.times ?? 1, hits: 0 }
    this.#planted.push(planted)
    return {
      get hits() {
        return planted.hits
      },
      remove: () => {
        this.#planted = this.#planted.filter((other) => other !== planted)
      },
    }
  }

  clear(): void {
    this.#planted = []
  }

  /** The fault that this request meets, which counts it. */
  take(method: string, path: string): FaultAction | undefined {
    for (const planted of this.#planted) {
      const { rule } = planted
      if (planted.left <= 0) continue
      if (rule.method !== undefined && rule.method.toUpperCase() !== method) continue
      if (rule.path && path.search(rule.path) < 0) continue
      if (planted.skip > 0) {
        planted.skip -= 1
        continue
      }
      planted.left -= 1
      planted.hits += 1
      return rule.action
    }
    return undefined
  }
}

/** One request the cloud received. */
export interface LoggedRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Status that was sent; 0 while there is none (a reset, silence, or still at work). */
  readonly status: number
}

/** The requests since start, or since `clear`, oldest first. */
export class RequestLog implements Iterable<LoggedRequest> {
  #entries: { method: string; path: string; status: number }[] = []

  get entries(): readonly LoggedRequest[] {
    return this.#entries
  }

  get length(): number {
    return this.#entries.length
  }

  /** How many requests match. */
  count(method?: string, path?: RegExp): number {
    return this.#entries.filter(
      (entry) => (method === undefined || entry.method === method) && (!path || entry.path.search(path) >= 0),
    ).length
  }

  clear(): void {
    this.#entries = []
  }

  [Symbol.iterator](): Iterator<LoggedRequest> {
    return this.#entries.values()
  }

  /** Notes a request; its status is set when it is answered. */
  begin(method: string, path: string): { status: number } {
    const entry = { method, path, status: 0 }
    this.#entries.push(entry)
    return entry
  }
}
