import { asText, isList, isObject, isText, type JsonObject, UUID } from '../json.ts'
import type { Refusal } from '../message.ts'
import { type Image, imageView, newImage } from './images.ts'

type Refuse = (status: number, message: string) => Refusal

const READ_ONLY = [
  'status',
  'created_at',
  'updated_at',
  'size',
  'virtual_size',
  'checksum',
  'os_hash_algo',
  'os_hash_value',
  'self',
  'file',
  'schema',
  'stores',
  'direct_url',
]
const RESERVED = ['location', 'deleted', 'deleted_at']
const DISK_FORMATS = ['ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop']
const CONTAINER_FORMATS = ['ami', 'ari', 'aki', 'bare', 'ovf', 'ova', 'docker', 'compressed']

/** What a property of the schema has to be; a text says what is wrong with it. */
const CHECKS: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  id: (value) => (isText(value) && UUID.test(value) ? undefined : `'${asText(value)}' does not match a UUID`),
  name: (value) =>
    value === null || isText(value) ? undefined : `${asText(value)} is not of type 'null', 'string'`,
  visibility: oneOf(['community', 'public', 'private', 'shared']),
  disk_format: oneOf([null, ...DISK_FORMATS]),
  container_format: oneOf([null, ...CONTAINER_FORMATS]),
  min_disk: whole,
  min_ram: whole,
  protected: (value) =>
    typeof value === 'boolean' ? undefined : `${asText(value)} is not of type 'boolean'`,
  os_hidden: (value) =>
    typeof value === 'boolean' ? undefined : `${asText(value)} is not of type 'boolean'`,
  tags: (value) => (isList(value) && value.every(isText) ? undefined : 'is not a list of texts'),
  owner: (value) => (value === null || isText(value) ? undefined : `${asText(value)} is not a text`),
}

function oneOf(choices: readonly unknown[]): (value: unknown) => string | undefined {
  const names = choices.map((each) => (each === null ? 'None' : `'${asText(each)}'`))
  return (value) =>
    choices.includes(value) ? undefined : `'${asText(value)}' is not one of [${names.join(', ')}]`
}

function whole(value: unknown): string | undefined {
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= 0
  return fits ? undefined : `${asText(value)} is not of type 'integer'`
}

/** POST /v2/images. */
export function createImage(given: unknown, owner: string, isAdmin: boolean, refuse: Refuse): Image {
  const body = isObject(given) ? given : {}
  for (const [name, value] of Object.entries(body)) check(name, value, isAdmin, refuse)
  const id = isText(body.id) ? { id: body.id } : {}
  const image = newImage(isAdmin && isText(body.owner) ? body.owner : owner, id)
  for (const [name, value] of Object.entries(body)) if (name !== 'id') assign(image, name, value)
  return image
}

/** PATCH /v2/images/{id}: a JSON patch over the image's flat properties. */
export function patchImage(image: Image, given: unknown, isAdmin: boolean, refuse: Refuse): void {
  if (!isList(given)) throw refuse(400, 'Request body must be a JSON array of operation objects.')
  for (const step of given) {
    if (!isObject(step) || !isText(step.op) || !isText(step.path)) {
      throw refuse(400, 'Operations must be JSON objects.')
    }
    const name = step.path.replace(/^\//, '').replaceAll('~1', '/').replaceAll('~0', '~')
    if (!['add', 'replace', 'remove'].includes(step.op)) {
      throw refuse(
        400,
        `Operation objects must contain exactly one member named "add", "remove", or "replace".`,
      )
    }
    if (name === 'id') throw refuse(403, "Attribute 'id' is read-only.")
    if (step.op === 'remove') {
      if (READ_ONLY.includes(name)) throw refuse(403, `Attribute '${name}' is read-only.`)
      if (name in CHECKS) throw refuse(403, `Property ${name} may not be removed.`)
      if (!image.properties.delete(name)) throw conflict(name, refuse)
    } else {
      check(name, step.value, isAdmin, refuse)
      if (step.op === 'replace' && !(name in imageView(image))) throw conflict(name, refuse)
      assign(image, name, step.value)
    }
  }
  image.updated = Date.now()
}

function conflict(name: string, refuse: Refuse): Refusal {
  return refuse(
    409,
    `There was a conflict when trying to complete your request. Property ${name} does not exist.`,
  )
}

function check(name: string, value: unknown, isAdmin: boolean, refuse: Refuse): void {
  if (READ_ONLY.includes(name)) throw refuse(403, `Attribute '${name}' is read-only.`)
  if (RESERVED.includes(name)) throw refuse(403, `Attribute '${name}' is reserved.`)
  const wrong = CHECKS[name] ? CHECKS[name](value) : isText(value) ? undefined : 'is not of type string'
  if (wrong !== undefined) throw refuse(400, `Provided object does not match schema 'image': ${wrong}`)
  if (name === 'visibility' && value === 'public' && !isAdmin) {
    throw refuse(403, 'You are not authorized to complete publicize_image action.')
  }
}

function assign(image: Image, name: string, value: unknown): void {
  if (name === 'owner') return
  if (name in CHECKS) Object.assign(image, { [name]: value })
  else image.properties.set(name, value)
}

/** GET /v2/schemas/image. */
export function imageSchema(): JsonObject {
  const text = { type: ['null', 'string'] }
  const readOnly = { ...text, readOnly: true }
  const count = { type: 'integer', minimum: 0 }
  const flag = { type: 'boolean' }
  return {
    name: 'image',
    properties: {
      id: { type: 'string', pattern: UUID.source },
      name: { ...text, maxLength: 255 },
      status: { type: 'string', readOnly: true },
      visibility: { type: 'string', enum: ['community', 'public', 'private', 'shared'] },
      protected: flag,
      os_hidden: flag,
      checksum: readOnly,
      os_hash_algo: readOnly,
      os_hash_value: readOnly,
      owner: text,
      size: { type: ['null', 'integer'], readOnly: true },
      virtual_size: { type: ['null', 'integer'], readOnly: true },
      container_format: { ...text, enum: [null, ...CONTAINER_FORMATS] },
      disk_format: { ...text, enum: [null, ...DISK_FORMATS] },
      created_at: { type: 'string', readOnly: true },
      updated_at: { type: 'string', readOnly: true },
      tags: { type: 'array', items: { type: 'string', maxLength: 255 } },
      min_ram: count,
      min_disk: count,
      self: { type: 'string', readOnly: true },
      file: { type: 'string', readOnly: true },
      schema: { type: 'string', readOnly: true },
    },
    additionalProperties: { type: 'string' },
    links: [
      { rel: 'self', href: '{self}' },
      { rel: 'enclosure', href: '{file}' },
      { rel: 'describedby', href: '{schema}' },
    ],
  }
}

export function imagesSchema(): JsonObject {
  return {
    name: 'images',
    properties: {
      images: { type: 'array', items: imageSchema() },
      first: { type: 'string' },
      next: { type: 'string' },
      schema: { type: 'string' },
    },
    links: [
      { rel: 'first', href: '{first}' },
      { rel: 'next', href: '{next}' },
      { rel: 'describedby', href: '{schema}' },
    ],
  }
}
