import type { Access } from '../access.ts'
import { asBoolean, isList, isObject, isText, type JsonObject, UUID } from '../json.ts'
import { parseAddress, parseCidr } from './addresses.ts'
import { badRequest, invalidInput, notAuthorized } from './errors.ts'

/** Thrown by a reader: why a value does not fit. */
class Unfit extends Error {}

/** Converts a value of a body, or throws `Unfit`. */
type Reader = (value: unknown) => unknown

export interface Attribute {
  readonly read: Reader
  /** Accepted in a POST; default true. */
  readonly post?: boolean
  /** Accepted in a PUT; default false. */
  readonly put?: boolean
  readonly required?: boolean
  /** Only an admin may name it with another value than this one. */
  readonly adminUnless?: unknown
}

/** The attributes of a resource, by name. */
export type Attributes = Readonly<Record<string, Attribute>>

function shown(value: unknown): string {
  return isText(value) ? value : JSON.stringify(value)
}

export const text: Reader = (value) => {
  if (!isText(value)) throw new Unfit(`'${shown(value)}' is not a valid string.`)
  if (value.length > 255) throw new Unfit(`'${value}' exceeds maximum length of 255.`)
  return value
}

export const nullable =
  (read: Reader): Reader =>
  (value) =>
    value === null ? null : read(value)

export const flag: Reader = (value) => {
  const answer = asBoolean(value)
  if (answer === undefined) throw new Unfit(`'${shown(value)}' cannot be converted to boolean.`)
  return answer
}

export const uuid: Reader = (value) => {
  if (!isText(value) || !UUID.test(value)) throw new Unfit(`'${shown(value)}' is not a valid UUID.`)
  return value
}

export const address: Reader = (value) => {
  if (!isText(value) || !parseAddress(value)) throw new Unfit(`'${shown(value)}' is not a valid IP address.`)
  return value
}

export const mac: Reader = (value) => {
  if (!isText(value) || !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(value)) {
    throw new Unfit(`'${shown(value)}' is not a valid MAC address.`)
  }
  return value.toLowerCase()
}

/** A host's name, with or without a domain; empty for none. */
export const dnsName: Reader = (value) => {
  const name = text(value)
  if (!isText(name) || /^$|^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.?)+$/i.test(name)) return name
  throw new Unfit(`'${name}' not a valid PQDN or FQDN. Reason: Name '${name}' is not a valid host name.`)
}

export const oneOf =
  (...choices: readonly unknown[]): Reader =>
  (value) => {
    const choice = isText(value)
      ? choices.find((each) => isText(each) && each.toLowerCase() === value.toLowerCase())
      : choices.find((each) => String(each) === String(value))
    if (choice === undefined) throw new Unfit(`${shown(value)} is not in valid_values.`)
    return choice
  }

export const whole: Reader = (value) => {
  const number = isText(value) && /^-?\d+$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number)) {
    throw new Unfit(`'${shown(value)}' is not an integer.`)
  }
  return number
}

export const anything: Reader = (value) => value

export const list =
  (read: Reader): Reader =>
  (value) => {
    if (!isList(value)) throw new Unfit(`'${shown(value)}' is not a list.`)
    const items = value.map((item) => read(item))
    const twin = items.find((item, index) => items.indexOf(item) !== index)
    if (twin !== undefined) throw new Unfit(`Duplicate items in the list: '${shown(twin)}'.`)
    return items
  }

export const fixedIps: Reader = (value) => {
  if (!isList(value)) throw new Unfit(`Invalid data format for fixed IP: '${shown(value)}'.`)
  return value.map((item) => {
    if (!isObject(item)) throw new Unfit(`Invalid data format for fixed IP: '${shown(item)}'.`)
    if (item.ip_address !== undefined) address(item.ip_address)
    if (item.subnet_id !== undefined) uuid(item.subnet_id)
    return item
  })
}

export const allocationPools: Reader = (value) => {
  if (!isList(value)) throw new Unfit(`Invalid data format for IP pool: '${shown(value)}'.`)
  return value.map((item) => {
    if (!isObject(item)) throw new Unfit(`Invalid data format for IP pool: '${shown(item)}'.`)
    return { start: address(item.start), end: address(item.end) }
  })
}

export const routes: Reader = (value) => {
  if (!isList(value)) throw new Unfit(`Invalid data format for hostroute: '${shown(value)}'.`)
  return value.map((item) => {
    const fits =
      isObject(item) && isText(item.destination) && parseCidr(item.destination) && isText(item.nexthop)
    if (!fits) throw new Unfit(`Invalid data format for hostroute: '${shown(item)}'.`)
    return { destination: item.destination, nexthop: address(item.nexthop) }
  })
}

/** Attributes of every resource. */
export const STANDARD: Attributes = {
  id: { read: anything, post: false },
  name: { read: text, put: true },
  description: { read: text, put: true },
  tenant_id: { read: text },
  project_id: { read: text },
  tags: { read: anything, post: false },
  created_at: { read: anything, post: false },
  updated_at: { read: anything, post: false },
  revision_number: { read: anything, post: false },
}

/** Reads the members of a body the way Neutron does, with its refusals. */
export function readAttributes(
  attributes: Attributes,
  resource: string,
  verb: 'create' | 'update',
  given: JsonObject,
  access: Access,
): JsonObject {
  const unknown = Object.keys(given).filter((name) => !(name in attributes))
  if (unknown.length > 0) throw badRequest(`Unrecognized attribute(s) '${unknown.join(', ')}'`)
  const owner = given.project_id ?? given.tenant_id
  if (owner !== undefined && owner !== access.projectId && !access.isAdmin) throw badRequest(OTHER_PROJECT)
  const read: JsonObject = {}
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = given[name]
    if (value === undefined) {
      if (verb === 'create' && attribute.required) {
        throw badRequest(`Failed to parse request. Required attribute '${name}' not specified`)
      }
      continue
    }
    if (verb === 'create' && attribute.post === false) {
      throw badRequest(`Attribute '${name}' not allowed in POST`)
    }
    if (verb === 'update' && !attribute.put) throw badRequest(`Cannot update read-only attribute ${name}`)
    read[name] = converted(name, attribute, value)
    if ('adminUnless' in attribute && read[name] !== attribute.adminUnless && !access.isAdmin) {
      throw notAuthorized(`(rule:${verb}_${resource} and rule:${verb}_${resource}:${name})`)
    }
  }
  return read
}

/** Reads a value that is no attribute. */
export function readValue(read: Reader, value: unknown): unknown {
  try {
    return read(value)
  } catch (error) {
    if (error instanceof Unfit) throw invalidInput(error.message)
    throw error
  }
}

const OTHER_PROJECT =
  "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or advsvc privileges"

function converted(name: string, attribute: Attribute, value: unknown): unknown {
  try {
    return attribute.read(value)
  } catch (error) {
    if (error instanceof Unfit) throw badRequest(`Invalid input for ${name}. Reason: ${error.message}`)
    throw error
  }
}
