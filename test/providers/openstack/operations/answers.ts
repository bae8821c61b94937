/** Notes the shape of every answer that comes through it. */

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Agent, DecoratorHandler, type Dispatcher } from 'undici'
import { merged, type Shape, shapeOf } from './shape.ts'

/** Shapes by what was asked and the status: `GET compute 2.1 /servers/* 200`. */
export type Shapes = Readonly<Record<string, Shape>>

/** What marks one thing of many in a path: an id, a name, an address. */
const IDS =
  /\/(?:[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|req-[0-9a-f-]+|\d+(?:\.\d+){0,3}|ops-[\w.%-]+|no-such-[\w-]+|nothing)(?=\/|$)/g

/** The answers to one suite. */
export class Answers {
  readonly dispatcher: Dispatcher
  readonly #shapes: Record<string, Shape> = {}
  readonly #agent = new Agent()
  /** URL of each service, and its type. */
  readonly #services: readonly (readonly [url: string, type: string])[]

  constructor(services: readonly (readonly [url: string, type: string])[]) {
    this.#services = services
    this.dispatcher = this.#agent.compose((dispatch) => (options, handler) => {
      const note = (status: number, body: string) => this.#note(options, status, body)
      return dispatch(options, recorded(handler, note))
    })
  }

  /** Writes them to a new file in the directory. */
  async save(directory: string): Promise<void> {
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, `${randomUUID()}.json`), JSON.stringify(this.#shapes))
  }

  async close(): Promise<void> {
    await this.#agent.close()
  }

  #note({ method, origin, path, headers }: Dispatcher.DispatchOptions, status: number, body: string): void {
    const url = `${String(origin)}${path.replace(/\?.*/, '')}`
    const service = this.#services.find(([prefix]) => url.startsWith(prefix))
    if (!service || !/^[[{]/.test(body) || status >= 500) return
    const [prefix, type] = service
    const version = (headers as Record<string, string> | undefined)?.['openstack-api-version'] ?? type
    const where = url.slice(prefix.length).replaceAll(IDS, '/*') || '/'
    const key = `${method} ${version.replace(/^volume/, 'block-storage')} ${where} ${status}`
    this.#shapes[key] = shapeOf(JSON.parse(body), this.#shapes[key])
  }
}

/** All answers that suites wrote to the directory. */
export async function readAnswers(directory: string): Promise<Shapes> {
  const all: Record<string, Shape> = {}
  for (const file of await readdir(directory)) {
    const shapes = JSON.parse(await readFile(join(directory, file), 'utf8')) as Shapes
    for (const [key, shape] of Object.entries(shapes)) all[key] = merged(shape, all[key])
  }
  return all
}

/** The handler, and `done` told what came when all of it is there. */
function recorded(
  handler: Dispatcher.DispatchHandler,
  done: (status: number, body: string) => void,
): Dispatcher.DispatchHandler {
  // Its types leave out its methods.
  const inner = new DecoratorHandler(handler) as unknown as Required<Dispatcher.DispatchHandler>
  const decoder = new TextDecoder()
  let status = 0
  let body = ''
  return {
    onRequestStart: (...given) => inner.onRequestStart(...given),
    onRequestUpgrade: (...given) => inner.onRequestUpgrade(...given),
    onResponseError: (...given) => inner.onResponseError(...given),
    onResponseStart: (...given) => {
      status = given[1]
      inner.onResponseStart(...given)
    },
    onResponseData: (...given) => {
      body += decoder.decode(given[1], { stream: true })
      inner.onResponseData(...given)
    },
    onResponseEnd: (...given) => {
      done(status, body)
      inner.onResponseEnd(...given)
    },
  }
}
