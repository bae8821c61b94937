/** What no cloud takes: one typed error that names it, before anything is sent. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EnvironsError, NotValidError } from 'cloud-environs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadCloudConfigs, type OpenStackConnection } from '../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure, wireServer } from './cloud-double.ts'

let cloud: CloudDouble
beforeAll(async () => {
  cloud = await CloudDouble.start()
})
afterAll(() => cloud[Symbol.asyncDispose]())

type Call = (connection: OpenStackConnection) => Promise<unknown>
/** What is wrong, the call, and what its error has to say. */
type Row = readonly [what: string, call: Call, message: RegExp]

/** Without types, as a program in JavaScript calls. */
const untyped = (value: unknown) => value as never
const long = (length: number) => 'x'.repeat(length)
const create = { name: 's', flavor: '1', image: 'i' }

const creates = (what: string, more: object, message: RegExp): Row => [
  what,
  (c) => c.compute.servers.create({ ...create, ...more }),
  message,
]

/** Each list, by its name in messages. */
const lists: readonly (readonly [
  string,
  (connection: OpenStackConnection, query: never) => Promise<unknown>,
])[] = [
  ['servers', (c, query) => c.compute.servers.all(query)],
  ['servers', (c, query) => c.compute.servers.allBrief(query)],
  ['migrations', (c, query) => c.compute.servers.allMigrations(query)],
  ['flavors', (c, query) => c.compute.flavors.all(query)],
  ['key pairs', (c, query) => c.compute.keypairs.all(query)],
  ['server groups', (c, query) => c.compute.serverGroups.all(query)],
  ['networks', (c, query) => c.network.networks.all(query)],
  ['subnets', (c, query) => c.network.subnets.all(query)],
  ['ports', (c, query) => c.network.ports.all(query)],
  ['routers', (c, query) => c.network.routers.all(query)],
  ['floating IPs', (c, query) => c.network.floatingIps.all(query)],
  ['security groups', (c, query) => c.network.securityGroups.all(query)],
  ['security group rules', (c, query) => c.network.securityGroupRules.all(query)],
  ['images', (c, query) => c.image.images.all(query)],
  ['volumes', (c, query) => c.blockStorage.volumes.all(query)],
  ['volume types', (c, query) => c.blockStorage.volumeTypes.all(query)],
  ['projects', (c, query) => c.identity.projects.all(query)],
]

/** A call about one thing each, by what its id is called. */
const byId: readonly (readonly [
  string,
  (connection: OpenStackConnection, id: string) => Promise<unknown>,
])[] = [
  ['the id of a server', (c, id) => c.compute.servers.get(id)],
  ['the id of a server', (c, id) => c.compute.servers.delete(id)],
  ['the id of a server', (c, id) => c.compute.servers.reboot(id, 'SOFT')],
  ['the id of a server', (c, id) => c.compute.servers.waitForDelete(id)],
  ['the id of a port', (c, id) => c.compute.servers.deleteInterface('s', id)],
  ['the id of a volume', (c, id) => c.compute.servers.deleteVolumeAttachment('s', id)],
  ['the id of a flavor', (c, id) => c.compute.flavors.get(id)],
  ['the name of a key pair', (c, id) => c.compute.keypairs.delete(id)],
  ['the id of a server group', (c, id) => c.compute.serverGroups.delete(id)],
  ['the id of a network', (c, id) => c.network.networks.delete(id)],
  ['the id of a port', (c, id) => c.network.ports.update(id, { name: 'n' })],
  ['the id of a security group', (c, id) => c.network.securityGroups.get(id)],
  ['the id of an image', (c, id) => c.image.images.delete(id)],
  ['the id of a volume', (c, id) => c.blockStorage.volumes.delete(id)],
  ['the id of a project', (c, id) => c.identity.projects.get(id)],
]
const NO_IDS = ['a/b', '../x', '..', '.', '', 'a\nb', 'a\r', 'a\0', 'a\u0085', '\ud800', undefined, 7]

const rows: readonly Row[] = [
  ...lists.flatMap(([what, list]): Row[] => [
    [
      `a filter of ${what} that is none`,
      (c) => list(c, untyped({ colour: 'red' })),
      new RegExp(`^${what} .*"colour"`),
    ],
    [`an inherited one of ${what}`, (c) => list(c, untyped({ toString: 'x' })), /"toString"/],
  ]),
  ...[-1, 0, 1.5, '10', Number.NaN].map(
    (limit): Row => [
      `a page of ${limit}`,
      (c) => c.network.ports.all({ limit: untyped(limit) }),
      /ports cannot be listed with .* in a page/,
    ],
  ),
  ['a page of servers of -1', (c) => c.compute.servers.all({ limit: -1 }), /with -1 in a page/],
  [
    'a sort key that is none',
    (c) => c.compute.servers.all({ sortKey: untyped('colour') }),
    /cannot be sorted by "colour"/,
  ],
  [
    'a direction that is none',
    (c) => c.compute.servers.all({ sortKey: 'uuid', sortDir: untyped('up') }),
    /cannot be sorted "up"/,
  ],
  ['a filter by a tag with a comma', (c) => c.compute.servers.all({ tags: ['a,b'] }), /"a,b" is not a tag/],

  ...byId.flatMap(([what, call]) =>
    NO_IDS.map(
      (id): Row => [
        `${what} that is ${JSON.stringify(id)}`,
        (c) => call(c, untyped(id)),
        new RegExp(`is not ${what}$`),
      ],
    ),
  ),

  creates('user data over 65,535 characters', { userData: long(65_536) }, /65536 characters in base64/),
  creates('user data not in base64', { userData: '#cloud-config\nusers: []' }, /is not base64$/),
  creates('a metadata value over 255', { metadata: { a: long(256) } }, /metadata "a" has 256 characters/),
  creates('a metadata value that is no text', { metadata: { a: 1 } }, /metadata "a" is not a text/),
  creates(
    'a metadata key over 255',
    { metadata: { [long(256)]: 'a' } },
    /256 characters\) is not a metadata/,
  ),
  creates('a metadata key with a slash', { metadata: { 'a/b': 'a' } }, /"a\/b" is not a metadata key/),
  creates('an empty metadata key', { metadata: { '': 'a' } }, /"" is not a metadata key/),
  ...['', ' ', ' a', 'a ', 'a\nb', 'a\tb', 'a\u0007', 'a\u200bb', 'a\u2028', long(256), undefined, 7].map(
    (name) =>
      creates(`the name ${JSON.stringify(name)?.slice(0, 20)}`, { name }, /is not a name for a server$/),
  ),
  ...['a', '-a', 'a-', 'a b', 'a_b', 'ä.example', 'a..', `a${long(63)}`, 7].map((hostname) =>
    creates(`the hostname ${hostname}`, { hostname }, /is not a hostname$/),
  ),
  ...['', 'a,b', 'a/b', long(61), 7].map((tag) =>
    creates(`the tag ${tag}`, { tags: [tag] }, /is not a tag$/),
  ),
  creates('51 tags', { tags: Array.from({ length: 51 }, (_, i) => `t${i}`) }, /51 tags are too many/),
  creates('a description over 255', { description: long(256) }, /description has 256 characters/),
  creates('networks that are none of the words', { networks: 'all' }, /"all" is not what networks can be/),
  ...[{}, { port: 'p', network: 'n' }, { port: 'p', fixedIp: '10.0.0.4' }].map((card) =>
    creates(`the card ${JSON.stringify(card)}`, { networks: [card] }, /a network card is for a port, or/),
  ),
  creates(
    'old files beside a new hostname',
    { personality: [], hostname: 'hh' },
    /no compute microversion has all/,
  ),
  [
    'a hostname for several',
    (c) => c.compute.servers.createMany({ ...create, hostname: 'hh', maxCount: 2 }),
    /one hostname/,
  ],
  ...(
    [
      [0, 1],
      [2, 1],
      [1.5, 2],
      [-1, 1],
    ] as const
  ).map(
    ([minCount, maxCount]): Row => [
      `${minCount} to ${maxCount} servers`,
      (c) => c.compute.servers.createMany({ ...create, minCount, maxCount }),
      /cannot create .* servers$/,
    ],
  ),
  ['an update of nothing', (c) => c.compute.servers.update('s', {}), /an update of a server with/],
  ['an update to a bad hostname', (c) => c.compute.servers.update('s', { hostname: '-' }), /hostname$/],
  ['an update to a bad name', (c) => c.compute.servers.update('s', { name: '\n' }), /not a name/],
  [
    'a rebuild with too much user data',
    (c) => c.compute.servers.rebuild('s', { image: 'i', userData: long(65_536) }),
    /65536 characters/,
  ],
  [
    'a rebuild with a bad hostname',
    (c) => c.compute.servers.rebuild('s', { image: 'i', hostname: 'a b' }),
    /hostname$/,
  ],
  ['a search for no name', (c) => c.compute.servers.find(''), /not a name/],
  ['a metadata item of a bad key', (c) => c.compute.servers.setMetadataItem('s', 'a/b', 'c'), /metadata key/],
  ['a tag with a slash', (c) => c.compute.servers.addTag('s', 'a/b'), /"a\/b" is not a tag/],
  ['a tag of a port with a comma', (c) => c.network.ports.replaceTags('p', ['a,b']), /"a,b" is not a tag/],
  [
    'an interface on a port and a network',
    (c) => c.compute.servers.createInterface('s', { port: 'p', network: 'n' }),
    /an interface is for a port, or/,
  ],
  ['a volume of no size', (c) => c.blockStorage.volumes.create({ size: 0 }), /size/],
]

test.each(rows)('%s', async (_, call, message) => {
  cloud.received.length = 0
  const error = await failure(call(cloud.connect()))
  expect(error).toBeInstanceOf(NotValidError)
  expect(error).toMatchObject({ message: expect.stringMatching(message) })
  expect(cloud.received).toEqual([])
})

test('a name of two servers changes neither', async () => {
  cloud.received.length = 0
  cloud.handler = ({ path }) =>
    path === '/compute/v2.1/servers'
      ? { json: { servers: [wireServer('1', { name: 'web' }), wireServer('2', { name: 'web' })] } }
      : undefined
  const error = await failure(cloud.connect().compute.servers.find('web'))
  expect(error).toBeInstanceOf(NotValidError)
  expect(error).toMatchObject({ message: '"web" is the name of 2 servers: 1, 2', hint: 'give the id' })
  expect(cloud.requests().map(({ method }) => method)).toEqual(['GET'])
})

test.each([
  ['a tab', 'clouds:\n  a:\n\tauth:\n', 3],
  ['a text without an end', 'clouds:\n  a: "b\n', 3],
  ['a list where names belong', 'clouds:\n  - a\n', undefined],
])('a clouds.yaml with %s', async (_, text, line) => {
  const directory = await mkdtemp(join(tmpdir(), 'environs-bad-'))
  try {
    const file = join(directory, 'clouds.yaml')
    await writeFile(file, text)
    const variables = { OS_CLIENT_CONFIG_FILE: file }
    const error = await failure(loadCloudConfigs({ variables, homeDir: directory, workingDir: directory }))
    expect(error).toBeInstanceOf(EnvironsError)
    expect(error).toBeInstanceOf(NotValidError)
    expect((error as Error).message).toContain(line === undefined ? file : `${file}, line ${line}, column `)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
