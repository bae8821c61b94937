import { accessOf, challenge, UNAUTHORIZED_BODY } from '../access.ts'
import type { JsonObject } from '../json.ts'
import type { Identity } from '../keystone/identity.ts'
import { type Incoming, NOT_FOUND_TEXT, Refusal, type Reply, type Service, webob } from '../message.ts'
import { requestId } from '../request-id.ts'
import { Router } from '../router.ts'
import type { Handler } from './call.ts'
import { cinderError } from './errors.ts'
import { limitRoutes } from './limits.ts'
import { metadataRoutes } from './metadata.ts'
import { MAX_MINOR, microversionHeaders, readMicroversion } from './microversion.ts'
import type { VolumeState } from './state.ts'
import { typeRoutes } from './types.ts'
import { volumeRoutes } from './volumes.ts'

/** Cinder v3, microversions 3.0 to 3.70, without snapshots, backups and groups. */
export class CinderService implements Service {
  readonly prefix: string
  readonly maxBody = 114_688
  readonly #identity: Identity
  readonly #state: VolumeState
  readonly #router = new Router<Handler>()

  constructor(prefix: string, identity: Identity, state: VolumeState) {
    this.prefix = prefix
    this.#identity = identity
    this.#state = state
    volumeRoutes(this.#router)
    metadataRoutes(this.#router)
    typeRoutes(this.#router)
    limitRoutes(this.#router)
  }

  handle(incoming: Incoming): Reply {
    const root = `${incoming.origin}${this.prefix}`
    const path = incoming.path.replace(/\/+$/, '')
    const id = requestId()
    const ids = { 'x-openstack-request-id': id, 'x-compute-request-id': id }
    // The root lists the versions to everybody, and v3 only to those with a token.
    if (path === '') return { status: 300, headers: microversionHeaders('3.0'), body: versions(root) }
    if (path !== '/v3' && !path.startsWith('/v3/')) return webob(incoming, 404, NOT_FOUND_TEXT)
    try {
      const reply = this.#answer(incoming, path.slice(3), root)
      return { ...reply, headers: { ...reply.headers, ...ids } }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { ...error.reply, headers: { ...error.reply.headers, ...ids } }
    }
  }

  #answer(incoming: Incoming, path: string, root: string): Reply {
    const access = accessOf(this.#identity, incoming)
    if (!access) return { status: 401, headers: challenge(incoming), body: UNAUTHORIZED_BODY }
    if (path === '') {
      const minor = readMicroversion(incoming.headers)
      return { status: 200, headers: microversionHeaders(`3.${minor}`), body: versions(root) }
    }
    // Endpoints with the project in the path and without it are the same place.
    const [, project, rest] = /^\/([0-9a-f]{32})(\/.*)$/.exec(path) ?? []
    const match = this.#router.match(incoming.method, rest ?? path)
    if (!match.found) return webob(incoming, 404, NOT_FOUND_TEXT)
    const minor = readMicroversion(incoming.headers)
    const headers = microversionHeaders(`3.${minor}`)
    try {
      if (access.projectId === '' || (project !== undefined && project !== access.projectId)) {
        throw cinderError(400, 'Malformed request url')
      }
      const below = project === undefined ? '' : `/${project}`
      const reply = match.handle({
        state: this.#state,
        incoming,
        parameters: match.parameters,
        access,
        minor,
        base: `${root}/v3${below}`,
        bookmarkBase: `${root}${below}`,
      })
      return { ...reply, headers: { ...reply.headers, ...headers } }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      throw new Refusal({ ...error.reply, headers: { ...error.reply.headers, ...headers } })
    }
  }
}

function versions(root: string): JsonObject {
  return {
    versions: [
      {
        id: 'v3.0',
        status: 'CURRENT',
        version: `3.${MAX_MINOR}`,
        min_version: '3.0',
        updated: '2022-08-31T00:00:00Z',
        links: [
          { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' },
          { rel: 'self', href: `${root}/v3/` },
        ],
        'media-types': [
          { base: 'application/json', type: 'application/vnd.openstack.volume+json;version=3' },
        ],
      },
    ],
  }
}
