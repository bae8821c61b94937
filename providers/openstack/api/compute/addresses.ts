/** Addresses of servers, as the cloud lists and changes them. */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import { segment } from './path-segment.ts'
import type { ServerAddress } from './server.ts'
import type { Operations } from './server-operation.ts'
import type { VersionRanges } from './version-range.ts'

/** Calls about addresses. Those that change them end with microversion 2.43: use the network service. */
export interface ServerAddresses {
  /** By the name of the network. Nova does not tell floating addresses from fixed ones here; see `get`. */
  addresses(id: string, options?: CallOptions): Promise<Readonly<Record<string, readonly ServerAddress[]>>>
  /** On the network with that name. @throws NotFoundError */
  addressesOf(id: string, network: string, options?: CallOptions): Promise<readonly ServerAddress[]>
  /** Adds an address of a network, by the network's id. Up to microversion 2.43. */
  addFixedIp(id: string, network: string, options?: CallOptions): Promise<void>
  /** Up to microversion 2.43. */
  removeFixedIp(id: string, address: string, options?: CallOptions): Promise<void>
  /** Up to microversion 2.43. `fixedAddress` says for which of the server's, when it has several. */
  addFloatingIp(
    id: string,
    address: string,
    options?: CallOptions & { readonly fixedAddress?: string | undefined },
  ): Promise<void>
  /** Up to microversion 2.43. */
  removeFloatingIp(id: string, address: string, options?: CallOptions): Promise<void>
}

const addressSchema = lazy(() =>
  z
    .object({ addr: z.string(), version: z.literal([4, 6]) })
    .transform(({ addr, version }): ServerAddress => ({ address: addr, version })),
)
const networksSchema = lazy(() => z.record(z.string(), z.array(addressSchema())))

/** Clouds whose newest version is past it have it, too. */
const UNTIL_2_43: VersionRanges = [{ to: '2.43' }]
const versions = () => UNTIL_2_43

/** See {@link ServerAddresses}. */
export const serverAddresses: Operations<ServerAddresses> = {
  addresses: {
    method: 'GET',
    path: '/ips',
    operation: 'list addresses of',
    read: ({ json }, { resource }) =>
      readOne(json, 'addresses', networksSchema(), `addresses of ${resource}`),
  },
  addressesOf: {
    inputs: 1,
    method: 'GET',
    path: ([network]) => `/ips/${segment('the name of a network', network)}`,
    operation: 'list addresses of',
    read: ({ json }, { args: [network], resource }) =>
      readOne(json, network, z.array(addressSchema()), `addresses of ${resource}`),
  },
  addFixedIp: {
    inputs: 1,
    operation: 'add a fixed address to',
    versions,
    body: ([network]) => ({ addFixedIp: { networkId: network } }),
  },
  removeFixedIp: {
    inputs: 1,
    operation: 'remove a fixed address of',
    versions,
    body: ([address]) => ({ removeFixedIp: { address } }),
  },
  addFloatingIp: {
    inputs: 1,
    operation: 'add a floating address to',
    versions,
    body: ([address, { fixedAddress }]) => ({ addFloatingIp: { address, fixed_address: fixedAddress } }),
  },
  removeFloatingIp: {
    inputs: 1,
    operation: 'remove a floating address of',
    versions,
    body: ([address]) => ({ removeFloatingIp: { address } }),
  },
}
