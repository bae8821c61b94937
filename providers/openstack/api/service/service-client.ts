/** A client of one service: knows its endpoint, and how requests to it look. */

import type { Logger } from 'cloud-environs/provider'
import { NotFoundError } from 'cloud-environs'
import type { Session } from '../identity/session.ts'
import type { HttpAnswer, Method, Query, RequestData, Subject } from '../transport/request.ts'
import { type Microversion, microversionHeaders } from './microversion.ts'
import type { CallOptions } from './options.ts'

/** A request to a path below the service's endpoint. */
export interface ServiceRequest extends Subject, CallOptions {
  readonly method: Method
  /** Begins with `/`. */
  readonly path: string
  readonly query?: Query | string | undefined
  readonly json?: unknown
  readonly secrets?: readonly string[] | undefined
  readonly data?: RequestData | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly repeatable?: boolean | undefined
  readonly microversion?: Microversion | undefined
  /** Changes the endpoint's URL before the path is added, within its origin. */
  readonly base?: ((endpoint: string) => string) | undefined
}

/** One service of the cloud. */
export class ServiceClient {
  /** Canonical service type: `compute`, `network`, `image`, ... */
  readonly serviceType: string
  readonly logger: Logger
  readonly #session: Session

  constructor(session: Session, serviceType: string) {
    this.#session = session
    this.serviceType = serviceType
    this.logger = session.logger
  }

  /** Sends it with a valid token. @throws EnvironsError of the kind the answer means. */
  request({ microversion, ...request }: ServiceRequest): Promise<HttpAnswer> {
    return this.#session.request(this.serviceType, {
      ...request,
      headers: {
        ...request.headers,
        ...(microversion === undefined ? {} : microversionHeaders(microversion)),
      },
    })
  }

  /** Deletes what is at the path. Whether there was something: already gone is success. */
  async delete(request: Omit<ServiceRequest, 'method' | 'operation'>): Promise<boolean> {
    try {
      await this.request({ ...request, method: 'DELETE', operation: 'delete' })
      return true
    } catch (error) {
      if (error instanceof NotFoundError && error.status === 404) return false
      throw error
    }
  }

  /** Where the service is: its endpoint with version, without a slash at the end. */
  endpoint(options: CallOptions = {}): Promise<string> {
    return this.#session.endpoint(this.serviceType, options)
  }
}
