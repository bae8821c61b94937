/**
 * Keystone and Nova with canned answers, in a process of their own: 10,000 servers in pages of 1,000, each page as the
 * real Nova sends it, made once. What is measured is the client.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const SERVERS = 10_000
const PAGE = 1_000

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** A server in detail as Zed's Nova shows it to its owner at microversion 2.1. */
const server = (n: number, origin: string): object => ({
  id: id(n),
  name: `juju-06f00d-bench-${n}`,
  status: 'ACTIVE',
  tenant_id: '5cb0d11d60cc47e5915babbd6ee081dd',
  user_id: 'a4ce38d8bebf49feb51746f7e5eb057c',
  metadata: {
    'juju-model-uuid': '2f1de5a4-6a1b-4f0a-9a31-0d4c1c06f00d',
    'juju-controller-uuid': '749cc833-2e65-4de5-b2a4-2f4c9b0c0d71',
    'juju-machine-id': String(n),
  },
  hostId: '400a1696a9382e66cd065678fd1454de70ca4e93e384d6a49b606681',
  image: { id: id(1), links: [{ rel: 'bookmark', href: `${origin}/images/${id(1)}` }] },
  flavor: { id: '2', links: [{ rel: 'bookmark', href: `${origin}/flavors/2` }] },
  created: '2026-11-21T04:47:53Z',
  updated: '2026-11-21T04:47:55Z',
  addresses: {
    private: [
      {
        version: 4,
        addr: `10.20.${Math.floor(n / 250)}.${(n % 250) + 1}`,
        'OS-EXT-IPS:type': 'fixed',
        'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:2a:53:1c',
      },
    ],
  },
  accessIPv4: '',
  accessIPv6: '',
  links: [
    { rel: 'self', href: `${origin}/v2.1/servers/${id(n)}` },
    { rel: 'bookmark', href: `${origin}/servers/${id(n)}` },
  ],
  'OS-DCF:diskConfig': 'MANUAL',
  progress: 0,
  'OS-EXT-AZ:availability_zone': 'az1',
  config_drive: '',
  key_name: null,
  'OS-SRV-USG:launched_at': '2026-11-21T04:47:55.000000',
  'OS-SRV-USG:terminated_at': null,
  security_groups: [{ name: 'default' }, { name: 'web' }],
  'OS-EXT-STS:task_state': null,
  'OS-EXT-STS:vm_state': 'active',
  'OS-EXT-STS:power_state': 1,
  'os-extended-volumes:volumes_attached': [],
})

const http = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const send = (status: number, body: string | Buffer, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  }
  request.resume().once('end', () => {
    if (url.pathname === '/v3/auth/tokens') return send(201, token, { 'x-subject-token': 'bench' })
    if (url.pathname === '/v2.1/servers/detail') {
      return send(200, pages.get(url.searchParams.get('marker')) ?? '{"servers":[]}')
    }
    return send(404, '{}')
  })
})

await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`

const endpoint = {
  id: 'e',
  interface: 'public',
  region: 'RegionOne',
  region_id: 'RegionOne',
  url: `${origin}/v2.1`,
}
const token = JSON.stringify({
  token: {
    methods: ['password'],
    user: { id: 'u', name: 'bench', domain: { id: 'default', name: 'Default' } },
    project: { id: 'p', name: 'bench', domain: { id: 'default', name: 'Default' } },
    roles: [{ id: 'r', name: 'member' }],
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    issued_at: new Date().toISOString(),
    catalog: [{ id: 's', type: 'compute', name: 'nova', endpoints: [endpoint] }],
  },
})

const pages = new Map<string | null, Buffer>()
for (let first = 0; first < SERVERS; first += PAGE) {
  const servers = Array.from({ length: PAGE }, (_, index) => server(first + index, origin))
  const last = id(first + PAGE - 1)
  const next = { rel: 'next', href: `${origin}/v2.1/servers/detail?marker=${last}` }
  const links = first + PAGE < SERVERS ? { servers_links: [next] } : {}
  pages.set(first === 0 ? null : id(first - 1), Buffer.from(JSON.stringify({ servers, ...links })))
}

process.send?.(origin)
process.once('disconnect', () => process.exit())
