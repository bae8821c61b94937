import { accessOf, challenge } from '../access.ts'
import type { Identity } from '../keystone/identity.ts'
import { type Incoming, NOT_FOUND_TEXT, Refusal, type Reply, type Service, webob } from '../message.ts'
import { requestId } from '../request-id.ts'
import { Router } from '../router.ts'
import { type Call, type Handler, json } from './call.ts'
import { createImage, imageSchema, imagesSchema, patchImage } from './edit.ts'
import { fill, type Image, imageView, type ImageStore } from './images.ts'
import { listImages } from './list.ts'
import { addMember, listMembers, removeMember, showMember, updateMember } from './members.ts'

const UNAUTHORIZED_TEXT =
  'This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.'

/** Glance v2. */
export class GlanceService implements Service {
  readonly prefix: string
  /** Room for the data of small images. */
  readonly maxBody = 16_777_216
  readonly #identity: Identity
  readonly #store: ImageStore
  readonly #pageLimit: number
  readonly #router: Router<Handler>

  constructor(prefix: string, identity: Identity, store: ImageStore, pageLimit: number) {
    this.prefix = prefix
    this.#identity = identity
    this.#store = store
    this.#pageLimit = pageLimit
    this.#router = this.#routes()
  }

  handle(incoming: Incoming): Reply {
    const path = incoming.path.replace(/\/+$/, '')
    if (path === '' || path === '/versions') {
      const base = `${incoming.origin}${this.prefix}/v2/`
      return { status: path === '' ? 300 : 200, body: { versions: versions(base) } }
    }
    const access = accessOf(this.#identity, incoming)
    if (!access) return webob(incoming, 401, UNAUTHORIZED_TEXT, challenge(incoming))
    const headers = { 'X-Openstack-Request-Id': requestId() }
    const refuse = (status: number, message: string) => new Refusal(webob(incoming, status, message, headers))
    if (!path.startsWith('/v2/')) throw refuse(404, NOT_FOUND_TEXT)
    const match = this.#router.match(incoming.method, path.slice(3))
    if (!match.found) {
      if (match.allowed.length === 0) throw refuse(404, NOT_FOUND_TEXT)
      const text = `The method ${incoming.method} is not allowed for this resource. `
      return webob(incoming, 405, text, { ...headers, Allow: match.allowed.join(', ') })
    }
    const reply = match.handle({ incoming, access, parameters: match.parameters, refuse })
    return { ...reply, headers: { ...headers, ...reply.headers } }
  }

  #routes(): Router<Handler> {
    return new Router<Handler>()
      .add('GET', '/schemas/image', () => ({ status: 200, body: imageSchema() }))
      .add('GET', '/schemas/images', () => ({ status: 200, body: imagesSchema() }))
      .add('GET', '/images', ({ incoming, access, refuse }) => ({
        status: 200,
        body: listImages(this.#store, access, incoming.query, this.#pageLimit, refuse),
      }))
      .add('POST', '/images', (call) => this.#create(call))
      .add('GET', '/images/:id', (call) => ({ status: 200, body: imageView(this.#find(call)) }))
      .add('PATCH', '/images/:id', (call) => this.#patch(call))
      .add('DELETE', '/images/:id', (call) => this.#delete(call))
      .add('PUT', '/images/:id/file', (call) => {
        upload(
          call,
          this.#own(call, (id) => `Not allowed to upload image data for image ${id}`),
        )
        return { status: 204 }
      })
      .add('PUT', '/images/:id/tags/:tag', (call) => {
        const image = this.#own(call, notYourTags)
        image.tags = [...new Set([...image.tags, call.parameters.tag ?? ''])]
        return { status: 204 }
      })
      .add('DELETE', '/images/:id/tags/:tag', (call) => {
        const image = this.#own(call, notYourTags)
        const tag = call.parameters.tag ?? ''
        if (!image.tags.includes(tag)) throw call.refuse(404, NOT_FOUND_TEXT)
        image.tags = image.tags.filter((each) => each !== tag)
        return { status: 204 }
      })
      .add('GET', '/images/:id/members', (call) => listMembers(call, this.#find(call)))
      .add('POST', '/images/:id/members', (call) => addMember(call, this.#shared(call, 'create')))
      .add('GET', '/images/:id/members/:member', (call) => showMember(call, this.#find(call)))
      .add('PUT', '/images/:id/members/:member', (call) => updateMember(call, this.#find(call)))
      .add('DELETE', '/images/:id/members/:member', (call) =>
        removeMember(call, this.#shared(call, 'delete')),
      )
  }

  #create(call: Call): Reply {
    const { access, incoming, refuse } = call
    const image = createImage(json(call), access.projectId, access.isAdmin, refuse)
    if (this.#store.images.has(image.id)) {
      throw refuse(409, `Image ID ${image.id} already exists!`)
    }
    this.#store.images.set(image.id, image)
    const location = `${incoming.origin}${this.prefix}/v2/images/${image.id}`
    return { status: 201, headers: { Location: location }, body: imageView(image) }
  }

  #patch(call: Call): Reply {
    const type = call.incoming.headers['content-type'] ?? ''
    if (!/^application\/openstack-images-v2\.[01]-json-patch/.test(type)) {
      return webob(call.incoming, 415, `The request media type ${type} is not supported by this server.`, {
        'Accept-Patch':
          'application/openstack-images-v2.0-json-patch, application/openstack-images-v2.1-json-patch',
      })
    }
    const image = this.#own(call)
    patchImage(image, json(call), call.access.isAdmin, call.refuse)
    return { status: 200, body: imageView(image) }
  }

  #delete(call: Call): Reply {
    const id = call.parameters.id ?? ''
    if (!this.#store.visible(id, call.access)) {
      throw call.refuse(404, `Failed to find image ${id} to delete`)
    }
    const image = this.#own(call)
    if (image.protected) {
      throw call.refuse(403, `Image ${id} is protected and cannot be deleted.`)
    }
    this.#store.images.delete(id)
    return { status: 204 }
  }

  #find(call: Call): Image {
    const id = call.parameters.id ?? ''
    const image = this.#store.visible(id, call.access)
    if (!image) throw call.refuse(404, `No image found with ID ${id}`)
    return image
  }

  #own(call: Call, refusal = (_id: string) => 'You do not own this image'): Image {
    const image = this.#find(call)
    if (!call.access.isAdmin && image.owner !== call.access.projectId) {
      throw call.refuse(403, refusal(image.id))
    }
    return image
  }

  /** An image whose members its owner may change. */
  #shared(call: Call, verb: 'create' | 'delete'): Image {
    const refusal = (id: string) => `Not allowed to ${verb} members for image ${id}.`
    const image = this.#own(call, refusal)
    if (image.visibility !== 'shared') throw call.refuse(403, refusal(image.id))
    return image
  }
}

const notYourTags = (id: string) => `Not allowed to update tags for image ${id}.`

function upload({ incoming, refuse }: Call, image: Image): void {
  const type = incoming.headers['content-type'] ?? ''
  if (type !== 'application/octet-stream') {
    throw refuse(415, `The request media type ${type} is not supported by this server.`)
  }
  const unset = (['disk_format', 'container_format'] as const).filter((field) => image[field] === null)
  if (unset.length > 0) {
    throw refuse(400, `Properties ${unset.join(', ')} must be set prior to saving data.`)
  }
  if (image.status !== 'queued') {
    throw refuse(409, `Image status transition from ${image.status} to saving is not allowed`)
  }
  fill(image, incoming.body)
}

function versions(href: string): unknown[] {
  const minors = [15, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
  return minors.map((minor, index) => ({
    id: `v2.${minor}`,
    status: index === 0 ? 'CURRENT' : 'SUPPORTED',
    links: [{ rel: 'self', href }],
  }))
}
