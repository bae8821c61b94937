import { accessOf, challenge, UNAUTHORIZED_BODY } from '../access.ts'
import type { JsonObject } from '../json.ts'
import type { Identity } from '../keystone/identity.ts'
import { type Incoming, NOT_FOUND_TEXT, Refusal, type Reply, type Service, webob } from '../message.ts'
import { requestId } from '../request-id.ts'
import { Router } from '../router.ts'
import type { Handler } from './call.ts'
import { consoleRoutes } from './consoles.ts'
import { novaError, notAllowed } from './errors.ts'
import { extraSpecRoutes } from './extra-specs.ts'
import { flavorChangeRoutes } from './flavor-changes.ts'
import { flavorRoutes } from './flavors.ts'
import { inspectionRoutes } from './inspection.ts'
import { instanceActionRoutes } from './instance-actions.ts'
import { interfaceRoutes } from './interfaces.ts'
import { keypairRoutes } from './keypairs.ts'
import { limitRoutes } from './limits.ts'
import { metadataRoutes } from './metadata.ts'
import { MAX_MINOR, microversionHeaders, readMicroversion } from './microversion.ts'
import { migrationRoutes } from './migrations.ts'
import { quotaRoutes } from './quotas.ts'
import { serverGroupRoutes } from './server-groups.ts'
import { serverRoutes } from './servers.ts'
import { serviceRoutes } from './services.ts'
import type { ComputeState } from './state.ts'
import { volumeAttachmentRoutes } from './volume-attachments.ts'

/** Nova 2.1, microversions 2.1 to 2.93. */
export class NovaService implements Service {
  readonly prefix: string
  readonly maxBody = 114_688
  readonly #identity: Identity
  readonly #state: ComputeState
  readonly #router = new Router<Handler>()

  constructor(prefix: string, identity: Identity, state: ComputeState) {
    this.prefix = prefix
    this.#identity = identity
    this.#state = state
    serverRoutes(this.#router)
    instanceActionRoutes(this.#router)
    migrationRoutes(this.#router)
    consoleRoutes(this.#router)
    inspectionRoutes(this.#router)
    serviceRoutes(this.#router)
    metadataRoutes(this.#router)
    interfaceRoutes(this.#router)
    flavorRoutes(this.#router)
    flavorChangeRoutes(this.#router)
    extraSpecRoutes(this.#router)
    keypairRoutes(this.#router)
    limitRoutes(this.#router)
    quotaRoutes(this.#router)
    serverGroupRoutes(this.#router)
    volumeAttachmentRoutes(this.#router)
  }

  async handle(incoming: Incoming): Promise<Reply> {
    const root = `${incoming.origin}${this.prefix}`
    const path = incoming.path.replace(/\/+$/, '')
    if (path === '') return { status: 200, body: { versions: versions(root) } }
    const id = requestId()
    const ids = { 'x-openstack-request-id': id, 'x-compute-request-id': id }
    if (path !== '/v2.1' && !path.startsWith('/v2.1/')) return choices(root, path)
    const reply = await this.#answer(incoming, path.slice(5), `${root}/v2.1`, id).catch((error: unknown) => {
      if (error instanceof Refusal) return error.reply
      throw error
    })
    return { ...reply, headers: { ...reply.headers, ...ids } }
  }

  async #answer(incoming: Incoming, path: string, base: string, id: string): Promise<Reply> {
    if (path === '') {
      const minor = readMicroversion(incoming.headers)
      return { status: 200, headers: microversionHeaders(`2.${minor}`), body: { version: version(base) } }
    }
    const access = accessOf(this.#identity, incoming)
    if (!access) return { status: 401, headers: challenge(incoming), body: UNAUTHORIZED_BODY }
    // Older catalogs have the project in the path.
    const [, project, rest] = /^\/([0-9a-f]{32})(\/.*)$/.exec(path) ?? []
    const match = this.#router.match(incoming.method, rest ?? path)
    if (!match.found) return webob(incoming, 404, NOT_FOUND_TEXT)
    const minor = readMicroversion(incoming.headers)
    const headers = microversionHeaders(`2.${minor}`)
    try {
      if (project !== undefined && project !== access.projectId) {
        throw novaError(
          400,
          `Malformed request URL: URL's project_id '${project}' doesn't match Context's project_id '${access.projectId}'`,
        )
      }
      if (access.projectId === '' && incoming.method !== 'GET') throw notAllowed('servers:create')
      const state = this.#state
      const { parameters } = match
      const call = { state, incoming, parameters, access, minor, base, requestId: id }
      const reply = await match.handle(call)
      return { ...reply, headers: { ...reply.headers, ...headers } }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      throw new Refusal({ ...error.reply, headers: { ...error.reply.headers, ...headers } })
    }
  }
}

function versions(root: string): JsonObject[] {
  return [
    {
      id: 'v2.0',
      status: 'SUPPORTED',
      version: '',
      min_version: '',
      updated: '2011-01-21T11:33:21Z',
      links: [{ rel: 'self', href: `${root}/v2/` }],
    },
    {
      id: 'v2.1',
      status: 'CURRENT',
      version: `2.${MAX_MINOR}`,
      min_version: '2.1',
      updated: '2013-07-23T11:33:21Z',
      links: [{ rel: 'self', href: `${root}/v2.1/` }],
    },
  ]
}

function version(base: string): JsonObject {
  return {
    id: 'v2.1',
    status: 'CURRENT',
    version: `2.${MAX_MINOR}`,
    min_version: '2.1',
    updated: '2013-07-23T11:33:21Z',
    links: [
      { rel: 'self', href: `${base}/` },
      { rel: 'describedby', type: 'text/html', href: 'http://docs.openstack.org/' },
    ],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' }],
  }
}

/** What Nova answers outside of its versions. */
function choices(root: string, path: string): Reply {
  return {
    status: 300,
    body: {
      choices: [
        {
          id: 'v2.1',
          status: 'CURRENT',
          links: [{ rel: 'self', href: `${root}/v2.1${path}` }],
          'media-types': [
            { base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' },
          ],
        },
      ],
    },
  }
}
