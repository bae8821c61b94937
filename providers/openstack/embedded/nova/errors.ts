import { Refusal } from '../message.ts'

/** Nova's names for the statuses. */
const NAMES: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  429: 'overLimit',
  501: 'notImplemented',
  503: 'serviceUnavailable',
}

/** Nova's error body. */
export function novaError(status: number, message: string): Refusal {
  return new Refusal({
    status,
    headers: { 'Content-Type': 'application/json; charset=UTF-8' },
    body: { [NAMES[status] ?? 'computeFault']: { code: status, message } },
  })
}

export function notAllowed(rule: string): Refusal {
  return novaError(403, `Policy doesn't allow os_compute_api:${rule} to be performed.`)
}

export function noInstance(id: string): Refusal {
  return novaError(404, `Instance ${id} could not be found.`)
}
