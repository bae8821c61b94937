/** The body of one try of a request. */

import { Readable } from 'node:stream'
import type { HttpRequest } from './request.ts'

/** What is sent, and, after a stream that was to be sent has failed, its failure. */
export interface Payload {
  readonly body: string | Uint8Array | Readable | null
  readonly contentType?: string
  /** It is the caller's own, and no failure of the cloud's. */
  failure?: { readonly reason: unknown }
}

/** The body as text, as bytes, or as a stream of bytes. */
export function payloadOf({ json, data }: Pick<HttpRequest, 'json' | 'data'>): Payload {
  if (json !== undefined) return { body: JSON.stringify(json), contentType: 'application/json' }
  if (data === undefined) return { body: null }
  const contentType = 'application/octet-stream'
  if (typeof data !== 'function') return { body: data, contentType }
  const payload: Payload = { body: Readable.from(watched(data), { objectMode: false }), contentType }
  async function* watched(source: () => AsyncIterable<Uint8Array>) {
    try {
      yield* source()
    } catch (reason) {
      payload.failure = { reason }
      throw reason
    }
  }
  return payload
}
