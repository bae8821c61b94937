/** What a server of Nova is as an instance: its addresses, and its status. */

import { describe, expect, it } from 'vitest'
import { type Address, findError, NotFoundError } from 'cloud-environs'
import type { Firewall } from 'cloud-environs/provider'
import { leadsTo, OpenStackInstance } from '../../../providers/openstack/instance.ts'
import type { FloatingIp, Server, Servers } from '../../../providers/openstack/api/index.ts'
import { instanceStatus } from '../../../providers/openstack/server-status.ts'
import { failure } from './api/cloud-double.ts'

type Wire = readonly [address: string, type?: 'fixed' | 'floating']

const server = (addresses: Readonly<Record<string, readonly Wire[]>>, more: Partial<Server> = {}): Server =>
  ({
    id: 'a',
    name: 'juju-a',
    status: 'ACTIVE',
    metadata: {},
    addresses: Object.fromEntries(
      Object.entries(addresses).map(([network, all]) => [
        network,
        all.map(([address, type]) => ({ address, version: address.includes(':') ? 6 : 4, type })),
      ]),
    ),
    ...more,
  }) as unknown as Server

const floating = (floatingIpAddress: string, fixedIpAddress: string, deviceId?: string): FloatingIp =>
  ({
    floatingIpAddress,
    fixedIpAddress,
    ...(deviceId === undefined ? {} : { portDetails: { deviceId } }),
  }) as unknown as FloatingIp

const instance = (from: Server, floatingIps: readonly FloatingIp[] = [], later: () => Server = () => from) =>
  new OpenStackInstance(from, { get: async () => later() } as unknown as Servers, {} as Firewall, floatingIps)

const told = ({ value, type, scope, networkName }: Address): string =>
  [value, type, scope, networkName].filter(Boolean).join(' ')

describe('the addresses of an instance', () => {
  it.each<[string, Readonly<Record<string, readonly Wire[]>>, readonly FloatingIp[], readonly string[]]>([
    ['a private one', { lan: [['10.0.0.4']] }, [], ['10.0.0.4 ipv4 local-cloud lan']],
    ['a public one', { lan: [['8.8.4.4']] }, [], ['8.8.4.4 ipv4 public lan']],
    ['one on the network "public"', { public: [['10.0.0.4']] }, [], ['10.0.0.4 ipv4 public public']],
    [
      'public ones first',
      { lan: [['10.0.0.4']], public: [['127.0.0.4']] },
      [],
      ['127.0.0.4 ipv4 public public', '10.0.0.4 ipv4 local-cloud lan'],
    ],
    [
      'a floating one that Nova knows',
      {
        lan: [
          ['10.0.0.4', 'fixed'],
          ['172.24.4.9', 'floating'],
        ],
      },
      [floating('172.24.4.9', '10.0.0.4')],
      ['172.24.4.9 ipv4 public lan', '10.0.0.4 ipv4 local-cloud lan'],
    ],
    [
      'a floating one that Nova has not heard of',
      { lan: [['10.0.0.4']] },
      [floating('172.24.4.9', '10.0.0.4')],
      ['172.24.4.9 ipv4 public lan', '10.0.0.4 ipv4 local-cloud lan'],
    ],
    [
      'both families',
      { lan: [['10.0.0.4'], ['fd00::4'], ['2001:db9::4'], ['fe80::4']] },
      [],
      [
        '2001:db9::4 ipv6 public lan',
        '10.0.0.4 ipv4 local-cloud lan',
        'fd00::4 ipv6 local-cloud lan',
        'fe80::4 ipv6 link-local lan',
      ],
    ],
    [
      'several networks',
      { one: [['10.0.0.4']], two: [['10.1.0.4']] },
      [],
      ['10.0.0.4 ipv4 local-cloud one', '10.1.0.4 ipv4 local-cloud two'],
    ],
    ['what is no address', { lan: [['soon']] }, [], ['soon ipv4 unknown lan']],
  ])('are %s', async (_, addresses, floatingIps, expected) => {
    expect((await instance(server(addresses), floatingIps).addresses()).map(told)).toEqual(expected)
  })

  it('are looked for again when there were none', async () => {
    const later = server({ lan: [['10.0.0.4']] })
    expect((await instance(server({}), [], () => later).addresses()).map(told)).toEqual([
      '10.0.0.4 ipv4 local-cloud lan',
    ])
    const gone = instance(server({}), [], () => {
      throw new NotFoundError('server a not found')
    })
    expect(findError(await failure(gone.addresses()), NotFoundError)).toBeDefined()
  })
})

describe('a floating IP', () => {
  const here = server({ lan: [['10.0.0.4']] })

  it('leads to the server that its port is of, whatever other server has the same address', () => {
    expect(leadsTo(here, floating('172.24.4.9', '10.0.0.4', 'a'))).toBe(true)
    expect(leadsTo(here, floating('172.24.4.9', '10.0.0.4', 'b'))).toBe(false)
  })

  it('leads to the server with its fixed address where the cloud does not tell the port', () => {
    expect(leadsTo(here, floating('172.24.4.9', '10.0.0.4'))).toBe(true)
    expect(leadsTo(here, floating('172.24.4.9', '10.0.0.5'))).toBe(false)
  })
})

describe('the status of an instance', () => {
  it.each([
    [{ status: 'ACTIVE' }, 'running', 'ACTIVE'],
    [{ status: 'BUILD', taskState: 'spawning' }, 'allocating', 'BUILD (spawning)'],
    [{ status: 'SHUTOFF' }, 'stopped', 'SHUTOFF'],
    [{ status: 'SUSPENDED' }, 'stopped', 'SUSPENDED'],
    [{ status: 'SHELVED_OFFLOADED' }, 'stopped', 'SHELVED_OFFLOADED'],
    [{ status: 'ERROR', fault: { message: 'no disk' } }, 'provisioning-error', 'ERROR: no disk'],
    [{ status: 'UNKNOWN' }, 'unknown', 'UNKNOWN'],
    [{ status: 'DREAMING' }, 'unknown', 'DREAMING'],
  ])('of %o is %s', (more, state, message) => {
    expect(instanceStatus(server({}, more as unknown as Partial<Server>))).toEqual({ state, message })
  })
})
