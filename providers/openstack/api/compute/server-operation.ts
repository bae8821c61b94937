/** Operations on one server, as data: what to send for a call, at which microversion, and how to read the answer. */

import { NotFoundError } from 'cloud-environs'
import type { Logger } from 'cloud-environs/provider'
import { BASE_MICROVERSION, type Microversion } from '../service/microversion.ts'
import type { CallOptions } from '../service/options.ts'
import { pages } from '../service/paging.ts'
import type { HttpAnswer, Method, Query } from '../transport/request.ts'
import type { ComputeClient } from './compute-client.ts'
import { serverPath } from './path-segment.ts'
import { EVERY_VERSION, type VersionRanges } from './version-range.ts'

/** What to read an answer with. */
export interface AnswerContext<A> {
  readonly args: A
  readonly id: string
  /** The server, for messages. */
  readonly resource: string
  readonly logger: Logger
}

/** A call with arguments `A`, the last of them its options, that answers `R`. */
export interface Operation<A extends readonly unknown[], R> {
  /** Default `POST`. */
  readonly method?: Method
  /** Below the server, default `/action`. */
  readonly path?: string | ((args: A, microversion: Microversion) => string)
  /** For messages: "cannot `operation` server 4f6c…". */
  readonly operation: string
  /** Throws NotValidError for what no cloud takes. */
  readonly check?: (args: A) => void
  readonly versions?: (args: A) => VersionRanges
  readonly query?: (args: A) => Query
  readonly body?: (args: A, microversion: Microversion) => unknown
  /** Key of a list that comes in pages. All are fetched, each is read alone, and `R` is what all of them make. */
  readonly pagesOf?: string
  /** Default: for GET, PUT and DELETE. */
  readonly repeatable?: boolean
  /** Absent when the answer says nothing. */
  readonly read?: (answer: HttpAnswer, context: AnswerContext<A>) => R
  /** The result when there is nothing (404), which is a failure without it. */
  readonly gone?: R
}

/** How many arguments come between the id and the options. */
type Inputs<A extends readonly unknown[]> =
  Required<A> extends readonly [...infer I, unknown] ? I['length'] : 0

/** The operation behind each method of `T`, all of which take the id of a server first and options last. */
export type Operations<T> = {
  readonly [K in keyof T]: T[K] extends (id: string, ...args: infer A) => Promise<infer R>
    ? Operation<Required<A>, R> &
        (Inputs<A> extends 0 ? { readonly inputs?: 0 } : { readonly inputs: Inputs<A> })
    : never
}

/** An action without arguments: Nova takes its name and nothing. */
export function plainAction(
  key: string,
  operation: string,
  versions: VersionRanges = EVERY_VERSION,
): Operation<[CallOptions], void> {
  return { operation, versions: () => versions, body: () => ({ [key]: null }) }
}

/** A class with a method for each operation. */
export function operationMethods<T extends object>(
  operations: Operations<T>,
): new (
  client: ComputeClient,
) => T {
  class Methods {
    readonly #client: ComputeClient

    constructor(client: ComputeClient) {
      this.#client = client
    }

    static run(methods: Methods, operation: AnyOperation, id: string, args: readonly unknown[]) {
      return run(methods.#client, operation, id, args)
    }
  }
  for (const [name, operation] of Object.entries(
    operations as unknown as Readonly<Record<string, AnyOperation>>,
  )) {
    const method = function (this: Methods, id: string, ...args: unknown[]) {
      return Methods.run(this, operation, id, args)
    }
    Object.defineProperty(Methods.prototype, name, { value: method, writable: true, configurable: true })
  }
  return Methods as unknown as new (
    client: ComputeClient,
  ) => T
}

type AnyOperation = Operation<readonly unknown[], unknown> & { readonly inputs?: number }

async function run(
  client: ComputeClient,
  operation: AnyOperation,
  id: string,
  given: readonly unknown[],
): Promise<unknown> {
  const { inputs = 0, method = 'POST', path = '/action', versions, read } = operation
  const options = (given[inputs] ?? {}) as CallOptions
  const { signal, deadlineMs } = options
  const args = [...given.slice(0, inputs), options]
  const resource = `server ${id}`
  const below = serverPath(id)
  operation.check?.(args)
  const toDo = `${operation.operation} ${resource}`
  const ranges = versions?.(args) ?? EVERY_VERSION
  // The path is made before the cloud is asked for its versions, so that bad ids fail before anything is sent.
  pathBelow(path, args, BASE_MICROVERSION)
  const microversion = await client.microversionFor(ranges, toDo, { signal, deadlineMs })
  const context = { args, id, resource, logger: client.logger }
  const send = (query: Query | string | undefined) =>
    client.request({
      method,
      path: below + pathBelow(path, args, microversion),
      query,
      json: operation.body?.(args, microversion),
      microversion,
      repeatable: operation.repeatable,
      operation: operation.operation,
      resource,
      signal,
      deadlineMs,
    })
  const query = operation.query?.(args)
  try {
    if (operation.pagesOf !== undefined) {
      const answers = await allPages(operation.pagesOf, query, resource, send)
      return answers.flatMap((answer) => read?.(answer, context))
    }
    const answer = await send(query)
    return read?.(answer, context)
  } catch (error) {
    if ('gone' in operation && error instanceof NotFoundError && error.status === 404) return operation.gone
    throw error
  }
}

async function allPages(
  key: string,
  query: Query = {},
  resource: string,
  send: (query: Query | string) => Promise<HttpAnswer>,
): Promise<HttpAnswer[]> {
  const answers: HttpAnswer[] = []
  const fetch = async (each: Query | string) => {
    const answer = await send(each)
    answers.push(answer)
    return answer.json
  }
  const bodies = pages({ key, query, resource, fetch })
  while (!(await bodies.next()).done) continue
  return answers
}

function pathBelow(
  path: NonNullable<AnyOperation['path']>,
  args: readonly unknown[],
  microversion: Microversion,
): string {
  return typeof path === 'string' ? path : path(args, microversion)
}
