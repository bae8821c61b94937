import { Refusal } from '../message.ts'
import { pythonText } from '../nova/python.ts'

/** Cinder's names for the statuses. */
const NAMES: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
}

/** Cinder's error body. */
export function cinderError(status: number, message: string): Refusal {
  return new Refusal({
    status,
    body: { [NAMES[status] ?? 'computeFault']: { code: status, message } },
  })
}

/** A quota that is used up, which Cinder reports like a rate limit that has just ended. */
export function overLimit(kind: string, message: string): Refusal {
  return new Refusal({
    status: 413,
    headers: { 'Retry-After': '0' },
    body: { overLimit: { code: 413, message: `${kind}: ${message}`, retryAfter: '0' } },
  })
}

export function invalidField(field: string, value: unknown, why: string): Refusal {
  return cinderError(400, `Invalid input for field/attribute ${field}. Value: ${pythonText(value)}. ${why}`)
}

export function invalidVolume(why: string): Refusal {
  return cinderError(400, `Invalid volume: ${why}`)
}

export function noVolume(id: string): Refusal {
  return cinderError(404, `Volume ${id} could not be found.`)
}

export function notAllowed(rule: string): Refusal {
  return cinderError(403, `Policy doesn't allow ${rule} to be performed.`)
}
