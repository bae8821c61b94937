import { isList, isObject, isText, type JsonObject } from '../json.ts'
import { parseCidr } from './addresses.ts'
import { badRequest, neutronError } from './errors.ts'

/** An address, or a CIDR, that a port may use besides its own. */
export interface AddressPair {
  readonly ip_address: string
  readonly mac_address: string
}

/** Reads `allowed_address_pairs`; a pair without a MAC address gets the port's own. */
export function readAddressPairs(given: unknown, macAddress: string): AddressPair[] {
  if (!isList(given)) throw badRequest('Allowed address pairs must be a list.')
  const pairs = given.map((item) => readPair(item, macAddress))
  const twin = pairs.find((pair, index) =>
    pairs
      .slice(0, index)
      .some((other) => other.ip_address === pair.ip_address && other.mac_address === pair.mac_address),
  )
  if (!twin) return pairs
  throw neutronError(
    400,
    'DuplicateAddressPairInRequest',
    `Request contains duplicate address pair: mac_address ${twin.mac_address} ip_address ${twin.ip_address}.`,
  )
}

function readPair(item: unknown, macAddress: string): AddressPair {
  if (!isObject(item)) {
    throw badRequest(
      `Invalid input for allowed_address_pairs. Reason: '${String(item)}' is not a dictionary.`,
    )
  }
  const { ip_address: address, mac_address: mac = macAddress, ...others } = item as JsonObject
  const strangers = Object.keys(others)
  if (strangers.length > 0) throw badRequest(`Unrecognized attribute(s) '${strangers.join(', ')}'`)
  if (!isText(address)) {
    throw neutronError(400, 'AllowedAddressPairsMissingIP', 'AllowedAddressPair must contain ip_address')
  }
  if (!parseCidr(address)) throw badRequest(`'${address}' is not a valid IP address`)
  if (!isText(mac) || !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac)) {
    throw badRequest(`'${String(mac)}' is not a valid MAC address`)
  }
  return { ip_address: address, mac_address: mac.toLowerCase() }
}
