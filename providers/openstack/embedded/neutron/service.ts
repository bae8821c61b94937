import { accessOf, challenge, UNAUTHORIZED_BODY } from '../access.ts'
import { isList, isObject, type JsonObject } from '../json.ts'
import type { Identity } from '../keystone/identity.ts'
import { type Incoming, NOT_FOUND_TEXT, type Reply, type Service, webob } from '../message.ts'
import { requestId } from '../request-id.ts'
import { readAttributes } from './attributes.ts'
import { type Call, missing, read } from './call.ts'
import { type Collection, isVisible, listCollection, narrowed } from './collection.ts'
import { badRequest, neutronError, notAuthorized } from './errors.ts'
import { extensions } from './extensions.ts'
import { floatingIps } from './floating-ips.ts'
import { networks } from './networks.ts'
import { ports } from './ports.ts'
import { answerQuotas } from './quotas.ts'
import type { Resource } from './resources.ts'
import { changeInterface, routers } from './routers.ts'
import { securityGroupRules } from './security-group-rules.ts'
import { securityGroups } from './security-groups.ts'
import type { NetworkState } from './state.ts'
import { subnets } from './subnets.ts'
import { answerTags } from './tags.ts'

const COLLECTIONS = new Map<string, Collection>(
  [networks, subnets, ports, securityGroups, securityGroupRules, floatingIps, routers].map((collection) => [
    collection.plural.replaceAll('_', '-'),
    collection as unknown as Collection,
  ]),
)

/** Neutron v2.0. */
export class NeutronService implements Service {
  readonly prefix: string
  readonly maxBody = 1_048_576
  readonly #identity: Identity
  readonly #state: NetworkState

  constructor(prefix: string, identity: Identity, state: NetworkState) {
    this.prefix = prefix
    this.#identity = identity
    this.#state = state
  }

  handle(incoming: Incoming): Reply {
    const path = incoming.path.replace(/\/+$/, '')
    const base = `${incoming.origin}${this.prefix}/v2.0`
    if (path === '') return versions(base)
    const headers = { 'x-openstack-request-id': requestId() }
    const access = accessOf(this.#identity, incoming)
    if (!access) {
      return { status: 401, headers: { ...challenge(incoming), ...headers }, body: UNAUTHORIZED_BODY }
    }
    const method = incoming.method === 'HEAD' ? 'GET' : incoming.method
    const reply = this.#route({ incoming, access, method }, path.replace(/\.json$/, ''), base)
    return { ...reply, headers: { ...headers, ...reply.headers } }
  }

  #route(call: Call, path: string, base: string): Reply {
    if (path === '/v2.0') return { status: 200, body: { resources: index(base) } }
    const [, version, name = '', ...rest] = path.split('/')
    if (version !== 'v2.0') return webob(call.incoming, 404, NOT_FOUND_TEXT)
    const collection = COLLECTIONS.get(name)
    if (collection) return this.#collection(call, collection, name, rest.map(decodeURIComponent), base)
    const [id, part] = rest
    if (name === 'quotas') return answerQuotas(this.#state, call, id, part)
    if (call.method !== 'GET') throw missing()
    switch (name) {
      case 'extensions':
        return this.#extensions(call, id)
      case 'availability_zones':
        return { status: 200, body: { availability_zones: this.#zones() } }
      case 'agents':
        return { status: 200, body: { agents: [] } }
      case 'service-providers':
        return { status: 200, body: { service_providers: [] } }
      default:
        throw missing()
    }
  }

  #collection(
    call: Call,
    collection: Collection,
    name: string,
    [id, part, tag]: readonly string[],
    base: string,
  ): Reply {
    if (id === undefined) return this.#many(call, collection, `${base}/${name}`)
    const isTags = part === 'tags' && collection.isTaggable !== false
    const resource = this.#find(call, collection, id, isTags)
    if (part === undefined) return this.#one(call, collection, id, resource)
    if (isTags) {
      if (call.method !== 'GET') this.#mayChange(call, collection, resource, 'update')
      return answerTags(call.method, resource, tag, read(call.incoming))
    }
    const verb = /^(add|remove)_router_interface$/.exec(part)?.[1]
    const router = this.#state.routers.get(id)
    if (call.method === 'PUT' && router && (verb === 'add' || verb === 'remove')) {
      const body = changeInterface(this.#state, call.access, router, verb, read(call.incoming))
      return { status: 200, body }
    }
    throw missing()
  }

  #many(call: Call, collection: Collection, url: string): Reply {
    const { access, incoming, method } = call
    if (method === 'GET') {
      // Neutron makes a project's default group when somebody looks.
      this.#state.defaultGroup(access.projectId)
      return {
        status: 200,
        body: listCollection(collection, this.#state, access, incoming.query, url),
      }
    }
    if (method === 'POST') return this.#create(call, collection)
    if (method === 'DELETE') throw collection.notFound('None')
    throw methodNotAllowed()
  }

  #create(call: Call, collection: Collection): Reply {
    const body = read(call.incoming)
    const many = isObject(body) ? body[collection.plural] : undefined
    if (isList(many)) {
      const made = this.#createAll(call, collection, many)
      return {
        status: 201,
        body: { [collection.plural]: made.map((each) => this.#view(call, collection, each)) },
      }
    }
    const one = isObject(body) ? body[collection.singular] : undefined
    if (!isObject(one)) throw badRequest(`Unable to find '${collection.singular}' in request body`)
    const [made] = this.#createAll(call, collection, [one])
    return {
      status: 201,
      body: { [collection.singular]: made && this.#view(call, collection, made) },
    }
  }

  /** All or none. */
  #createAll(call: Call, collection: Collection, bodies: readonly unknown[]): Resource[] {
    const { access } = call
    const read = bodies.map((body) =>
      readAttributes(
        collection.attributes,
        collection.singular,
        'create',
        isObject(body) ? body : {},
        access,
      ),
    )
    const made: Resource[] = []
    try {
      for (const given of read) {
        const resource = collection.create?.(this.#state, access, given)
        if (resource) made.push(resource)
      }
    } catch (error) {
      for (const resource of made) collection.remove?.(this.#state, access, resource)
      throw error
    }
    return made
  }

  #one(call: Call, collection: Collection, id: string, resource: Resource): Reply {
    const { access, incoming, method } = call
    if (method === 'GET') {
      const view = collection.view(this.#state, resource, access)
      const fields = incoming.query.getAll('fields')
      return { status: 200, body: { [collection.singular]: narrowed(view, fields) } }
    }
    if (method === 'DELETE') {
      this.#mayChange(call, collection, resource, 'delete')
      this.#checkRevision(incoming, resource)
      collection.remove?.(this.#state, access, resource)
      return { status: 204 }
    }
    if (method !== 'PUT') throw methodNotAllowed()
    const body = read(incoming)
    const given = isObject(body) ? body[collection.singular] : undefined
    if (!isObject(given)) {
      throw badRequest(
        isObject(body) && Object.keys(body).length === 0
          ? 'Resource body required'
          : `Unable to find '${collection.singular}' in request body`,
      )
    }
    if (!collection.update) throw collection.notFound(id)
    this.#mayChange(call, collection, resource, 'update')
    const values = readAttributes(collection.attributes, collection.singular, 'update', given, access)
    this.#checkRevision(incoming, resource)
    collection.update(this.#state, access, resource, values)
    return { status: 200, body: { [collection.singular]: this.#view(call, collection, resource) } }
  }

  /** `If-Match: revision_number=N` guards updates and deletions. */
  #checkRevision(incoming: Incoming, resource: Resource): void {
    const wanted = /^revision_number=(\d+)$/.exec(incoming.headers['if-match'] ?? '')?.[1]
    if (wanted === undefined || Number(wanted) === resource.revision) return
    throw neutronError(
      412,
      'RevisionNumberConstraintFailed',
      `Constrained to ${wanted}, but current revision is ${resource.revision}`,
    )
  }

  #find(call: Call, collection: Collection, id: string, forTags: boolean): Resource {
    const resource = collection.store(this.#state).get(id)
    if (resource && isVisible(collection, this.#state, call.access, resource)) return resource
    if (forTags) {
      throw neutronError(
        404,
        'TagResourceNotFound',
        `Resource ${collection.plural} ${id} could not be found.`,
      )
    }
    throw collection.notFound(id)
  }

  #mayChange(call: Call, collection: Collection, resource: Resource, verb: string): void {
    if (call.access.isAdmin || resource.project_id === call.access.projectId) return
    throw notAuthorized(`rule:${verb}_${collection.singular}`)
  }

  #view(call: Call, collection: Collection, resource: Resource): JsonObject {
    return collection.view(this.#state, resource, call.access)
  }

  #extensions({ incoming }: Call, alias: string | undefined): Reply {
    const all = extensions()
    if (alias === undefined) return { status: 200, body: { extensions: all } }
    const extension = all.find((each) => each.alias === alias)
    if (extension) return { status: 200, body: { extension } }
    return webob(incoming, 404, `${NOT_FOUND_TEXT} Extension with alias ${alias} does not exist`)
  }

  #zones(): JsonObject[] {
    return this.#state.zones.flatMap((name) =>
      ['network', 'router'].map((resource) => ({ name, resource, state: 'available' })),
    )
  }
}

function methodNotAllowed(): Error {
  return neutronError(
    405,
    'HTTPMethodNotAllowed',
    'The server could not comply with the request since it is either malformed or otherwise incorrect.',
  )
}

function versions(base: string): Reply {
  return {
    status: 200,
    body: {
      versions: [{ id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: `${base}/` }] }],
    },
  }
}

function index(base: string): JsonObject[] {
  return [...COLLECTIONS].map(([path, collection]) => ({
    name: collection.singular,
    collection: collection.plural,
    links: [{ rel: 'self', href: `${base}/${path}` }],
  }))
}
