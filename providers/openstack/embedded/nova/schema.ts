import { isList, isObject, isText, UUID } from '../json.ts'
import { parseAddress } from '../neutron/addresses.ts'
import { novaError } from './errors.ts'
import { pythonRepr, pythonText } from './python.ts'

type TypeName = 'object' | 'array' | 'string' | 'number' | 'integer' | 'null'

/** The part of JSON schema with which Nova describes its bodies. */
export interface Schema {
  readonly type?: TypeName | readonly TypeName[]
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly format?: 'uuid' | 'ip' | 'name' | 'base64'
  readonly properties?: Readonly<Record<string, Schema>>
  /** Names that match this are taken besides `properties`. */
  readonly names?: { readonly pattern: string; readonly schema: Schema }
  /** Takes members it does not know. */
  readonly open?: boolean
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly anyOf?: readonly Schema[]
}

interface Flaw {
  readonly field: string | undefined
  readonly value: unknown
  readonly message: string
  /** The message stands for itself. */
  readonly bare?: boolean
}

/** Refuses a body that does not fit, in Nova's words. */
export function validate(schema: Schema, body: unknown): void {
  const flaw = find(schema, body, undefined)
  if (!flaw) return
  if (flaw.field === undefined || flaw.bare) throw novaError(400, flaw.message)
  throw novaError(
    400,
    `Invalid input for field/attribute ${flaw.field}. Value: ${pythonText(flaw.value)}. ${flaw.message}`,
  )
}

function find(schema: Schema, value: unknown, field: string | undefined): Flaw | undefined {
  const flaw = (message: string): Flaw => ({ field, value, message })
  if (schema.anyOf) {
    const fits = schema.anyOf.some((each) => !find(each, value, field))
    return fits ? undefined : flaw(`${pythonRepr(value)} is not valid under any of the given schemas`)
  }
  if (schema.type && !hasType(schema.type, value)) {
    const types = isText(schema.type) ? [schema.type] : schema.type
    return flaw(`${pythonRepr(value)} is not of type ${types.map((each) => `'${each}'`).join(', ')}`)
  }
  if (schema.enum && !schema.enum.includes(value)) {
    return flaw(`${pythonRepr(value)} is not one of ${pythonRepr(schema.enum)}`)
  }
  if (isText(value)) return inText(schema, value, field)
  if (typeof value === 'number' && schema.minimum !== undefined && value < schema.minimum) {
    return flaw(`${value} is less than the minimum of ${schema.minimum}`)
  }
  if (isObject(value)) return inObject(schema, value, field)
  return isList(value) ? inList(schema, value, field) : undefined
}

function hasType(type: NonNullable<Schema['type']>, value: unknown): boolean {
  if (!isText(type)) return type.some((each) => hasType(each, value))
  if (type === 'object') return isObject(value)
  if (type === 'array') return isList(value)
  if (type === 'string') return isText(value)
  if (type === 'number') return typeof value === 'number'
  return type === 'null' ? value === null : Number.isInteger(value)
}

function inText(schema: Schema, value: string, field: string | undefined): Flaw | undefined {
  const flaw = (message: string): Flaw => ({ field, value, message })
  if (schema.minLength !== undefined && value.length < schema.minLength) {
    return flaw(`${pythonRepr(value)} is too short`)
  }
  if (schema.maxLength !== undefined && value.length > schema.maxLength) {
    return flaw(`${pythonRepr(value)} is too long`)
  }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) {
    return flaw(`${pythonRepr(value)} does not match ${pythonRepr(schema.pattern)}`)
  }
  if (schema.minimum !== undefined && Number(value) < schema.minimum) {
    return flaw(`${value} is less than the minimum of ${schema.minimum}`)
  }
  if (schema.format === 'name' && !isName(value)) {
    const message = `An invalid '${field ?? 'name'}' value was provided. The name must be: printable characters. Can not start or end with whitespace.`
    return { field, value, message, bare: true }
  }
  if (schema.format === 'uuid' && !UUID.test(value)) return flaw(`${pythonRepr(value)} is not a 'uuid'`)
  if (schema.format === 'ip' && !parseAddress(value)) return flaw(`${pythonRepr(value)} is not a 'ipv4'`)
  if (schema.format === 'base64' && !isBase64(value)) return flaw(`${pythonRepr(value)} is not a 'base64'`)
  return undefined
}

function inObject(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  field: string | undefined,
): Flaw | undefined {
  const flaw = (message: string): Flaw => ({ field, value, message })
  const known = schema.properties ?? {}
  const names = schema.names
  const pattern = names && new RegExp(names.pattern)
  const strangers = Object.keys(value).filter((name) => !(name in known) && !pattern?.test(name))
  if (names && strangers.length > 0) {
    const list = strangers.map((name) => `'${name}'`).join(', ')
    const verb = strangers.length > 1 ? 'do' : 'does'
    return flaw(`${list} ${verb} not match any of the regexes: '${names.pattern}'`)
  }
  for (const [name, member] of Object.entries(value)) {
    const inner = known[name] ?? names?.schema
    const found = inner && find(inner, member, name)
    if (found) return found
  }
  const missing = schema.required?.find((name) => !(name in value))
  if (missing !== undefined) return flaw(`'${missing}' is a required property`)
  if (!schema.open && schema.properties && strangers.length > 0) {
    const list = strangers.map((name) => `'${name}'`).join(', ')
    const verb = strangers.length > 1 ? 'were' : 'was'
    return flaw(`Additional properties are not allowed (${list} ${verb} unexpected)`)
  }
  return undefined
}

function inList(schema: Schema, value: readonly unknown[], field: string | undefined): Flaw | undefined {
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    return { field, value, message: `${pythonRepr(value)} is too short` }
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    return { field, value, message: `${pythonRepr(value)} is too long` }
  }
  if (schema.uniqueItems && new Set(value).size < value.length) {
    return { field, value, message: `${pythonRepr(value)} has non-unique elements` }
  }
  for (const [index, item] of value.entries()) {
    const found = schema.items && find(schema.items, item, String(index))
    if (found) return found
  }
  return undefined
}

function isName(value: string): boolean {
  return value.trim() === value && !/\p{Cc}/u.test(value)
}

/** As lenient as Nova's decoder: strange characters are skipped, the padding has to be right. */
function isBase64(value: string): boolean {
  const digits = value.replace(/[^A-Za-z0-9+/=]/g, '')
  const data = digits.replace(/=+$/, '')
  return !data.includes('=') && data.length % 4 !== 1 && digits.length % 4 === 0
}

const TRUE = [true, 'True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', 'Yes', 'yes']
const FALSE = [false, 'False', 'FALSE', 'false', '0', 'OFF', 'Off', 'off', 'NO', 'No', 'no']

export const NAME: Schema = { type: 'string', minLength: 1, maxLength: 255, format: 'name' }
export const FLAG: Schema = { enum: [...TRUE, ...FALSE] }
export const POSITIVE: Schema = {
  anyOf: [
    { type: 'integer', minimum: 1 },
    { type: 'string', pattern: '^0*[1-9][0-9]*$' },
  ],
}
export const HOST: Schema = { type: 'string', minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9-._]*$' }
export const TAG: Schema = { type: 'string', minLength: 1, maxLength: 60, pattern: '^[^,/]*$' }
export const METADATA: Schema = {
  type: 'object',
  names: { pattern: '^[a-zA-Z0-9-_:. ]{1,255}$', schema: { type: 'string', maxLength: 255 } },
}
export const DEVICE: Schema = {
  type: ['string', 'null'],
  pattern: '(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$',
}
export const DISK_CONFIG: Schema = { type: 'string', enum: ['AUTO', 'MANUAL'] }

export function isTrue(value: unknown): boolean {
  return TRUE.includes(value as string)
}
