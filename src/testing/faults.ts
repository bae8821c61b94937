/** The ways in which a request may fail. */

/**
 * What happens to a request instead of its answer.
 * - `refused`: nobody listens; the cloud does not act
 * - `reset-before`, `reset-after`: the connection is reset before the cloud acts, or after it acted
 * - `silence`: no answer comes for as long as one is waited for, which a request with a `headersTimeout` is told at once;
 *   the cloud does not act
 * - `truncated`: the cloud acts, and half of the answer arrives
 * - `html`: a gateway answers 502 with a page in HTML; the cloud does not act
 * - an object: this answer; the cloud does not act
 */
export type Fault =
  | 'refused'
  | 'reset-before'
  | 'reset-after'
  | 'silence'
  | 'truncated'
  | 'html'
  | FaultAnswer

/** An answer that the cloud did not give. */
export interface FaultAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** A text goes out as it is, anything else as JSON. */
  readonly body?: unknown
}

const answer = (status: number, headers?: FaultAnswer['headers']): FaultAnswer => ({
  status,
  ...(headers ? { headers } : {}),
  body: { error: { code: status, message: 'no' } },
})

/** Every kind of fault, by name. A cloud whose refusals look otherwise replaces those. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  refused: 'refused',
  'reset before': 'reset-before',
  'reset after': 'reset-after',
  silence: 'silence',
  truncated: 'truncated',
  html: 'html',
  401: answer(401),
  403: answer(403),
  404: answer(404),
  409: answer(409),
  413: answer(413, { 'retry-after': '1' }),
  429: answer(429, { 'retry-after': '1' }),
  500: answer(500),
  503: answer(503),
}
