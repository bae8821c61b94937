import { randomUUID } from 'node:crypto'

/** oslo.middleware's id of a request. */
export function requestId(): string {
  return `req-${randomUUID()}`
}
