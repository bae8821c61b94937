/** Tells who wants to know about every request: for logs, traces and figures. No header and no body is among it. */

import type { Logger } from 'cloud-environs/provider'
import { shownUrl } from './redact.ts'
import type { HttpRequest, Method, Subject } from './request.ts'

/** A request that is about to be sent. */
export interface RequestEvent extends Subject {
  readonly service: string
  readonly method: Method
  /** With its query. */
  readonly url: string
  /** 1 for the first try, and one more for each repetition. */
  readonly attempt: number
}

/** What became of it. */
export interface ResponseEvent extends RequestEvent {
  readonly durationMs: number
  /** Absent when there was no answer. */
  readonly status?: number | undefined
  readonly requestId?: string | undefined
  /** Why it failed, when it did. */
  readonly error?: Error | undefined
}

/** What is told. A hook that throws is logged, and changes nothing. */
export interface RequestHooks {
  onRequest?(event: RequestEvent): void
  onResponse?(event: ResponseEvent): void
}

/** One request as its hooks see it. */
export const eventOf = (
  { service, method, operation, resource, secrets }: HttpRequest,
  url: URL,
  attempt: number,
): RequestEvent => ({
  service,
  method,
  operation,
  resource,
  url: shownUrl(url.href, secrets),
  attempt,
})

/** Calls a hook. */
export function tell<E>(hook: ((event: E) => void) | undefined, event: E, logger: Logger): void {
  try {
    hook?.(event)
  } catch (error) {
    logger.warn('a request hook failed', { error })
  }
}
