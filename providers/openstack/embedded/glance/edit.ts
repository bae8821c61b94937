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
  name: (value) => {
    if (isText(value) && value.length > 255) return `'${value}' is too long`
    return value === null || isText(value) ? undefined : `${asText(value)} is not of type 'null', 'string'`
  },
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
  const fits = typeof value === 'number' && Number.isInteger(value)
  return fits ? undefined : `${asText(value)} is not of type 'integer'`
}

/** POST /v2/images. */
export function createImage(given: unknown, owner: string, isAdmin: boolean, refuse: Refuse): Image {
  const body = isObject(given) ? given : {}
  for (const [name, value] of Object.entries(body)) check(name, value, isAdmin, refuse)
  if (isText(body.owner) && body.owner !== owner && !isAdmin) {
    throw refuse(403, `You are not permitted to create images owned by '${body.owner}'.`)
  }
  const image = newImage(owner, isText(body.id) ? { id: body.id } : {})
  for (const [name, value] of Object.entries(body)) if (name !== 'id') assign(image, name, value)
  return image
}

/** PATCH /v2/images/{id}: a JSON patch over the image's flat properties, all of it or nothing. */
export function patchImage(image: Image, given: unknown, isAdmin: boolean, refuse: Refuse): void {
  if (!isList(given)) throw refuse(400, 'Request body must be a JSON array of operation objects.')
  const patched = { ...image, properties: new Map(image.properties) }
  for (const item of given) applyStep(patched, readStep(item, refuse), isAdmin, refuse)
  Object.assign(image, patched, { updated: Date.now() })
}

interface Step {
  readonly op: string
  readonly name: string
  readonly value: unknown
}

function readStep(item: unknown, refuse: Refuse): Step {
  if (!isObject(item)) throw refuse(400, 'Operations must be JSON objects.')
  const { op, path, value } = item
  for (const [member, text] of Object.entries({ op, path })) {
    if (!isText(text)) throw refuse(400, `Unable to find '${member}' in JSON Schema change`)
  }
  if (!isText(op) || !OPERATIONS.includes(op)) {
    throw refuse(
      400,
      `Invalid operation: \`${String(op)}\`. It must be one of the following: ${OPERATIONS.join(', ')}.`,
    )
  }
  const pointer = String(path)
  if (!pointer.startsWith('/')) throw refuse(400, `Pointer \`${pointer}\` does not start with "/".`)
  return { op, name: pointer.slice(1).replaceAll('~1', '/').replaceAll('~0', '~'), value }
}

const OPERATIONS = ['add', 'remove', 'replace']

function applyStep(image: Image, { op, name, value }: Step, isAdmin: boolean, refuse: Refuse): void {
  if (name === 'id') throw refuse(403, "Attribute 'id' is read-only.")
  if (op === 'remove') {
    if (READ_ONLY.includes(name)) throw refuse(403, `Attribute '${name}' is read-only.`)
    if (name in CHECKS) throw refuse(403, `Property ${name} may not be removed.`)
    if (!image.properties.delete(name)) throw conflict(name, refuse)
    return
  }
  check(name, value, isAdmin, refuse)
  if (name === 'owner' && !isAdmin) throw refuse(403, "Owner can't be updated by non admin.")
  if (op === 'replace' && !(name in imageView(image))) throw conflict(name, refuse)
  assign(image, name, value)
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
  if ((name === 'min_disk' || name === 'min_ram') && Number(value) < 0) {
    throw refuse(400, `Invalid value '${asText(value)}' for parameter '${name}': Cannot be a negative value`)
  }
  if (name === 'visibility' && value === 'public' && !isAdmin) {
    throw refuse(403, 'You are not authorized to complete publicize_image action.')
  }
}

function assign(image: Image, name: string, value: unknown): void {
  if (name === 'tags' && isList(value)) image.tags = [...new Set(value.map(String))]
  else if (name in CHECKS) Object.assign(image, { [name]: value })
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
