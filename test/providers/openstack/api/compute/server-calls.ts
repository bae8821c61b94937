/** Every call on a server, and what it has to send: written by hand, not taken from the operation tables. */

import { Secret } from 'cloud-environs'
import { expect } from 'vitest'
import type { ServerOperations, Servers } from '../../../../../providers/openstack/api/index.ts'
import { type Reply, wireServer } from '../cloud-double.ts'

/** What a call has to send, and what comes back. */
export interface Expected {
  readonly sends: readonly [method: string, path: string, microversion: string, body?: unknown]
  /** Decoded, default none. */
  readonly query?: string
  /** The newest microversion of the cloud, default 2.96. */
  readonly newest?: string
  readonly reply?: Reply
  readonly result?: unknown
}

/** One call and what it has to send. */
export type Row = readonly [call: (servers: Servers) => Promise<unknown>, expected: Expected]

const action = (body: unknown, microversion = '2.1', more: Omit<Expected, 'sends'> = {}): Expected => ({
  sends: ['POST', '/action', microversion, body],
  ...more,
})

const attachment = { id: 'v', volumeId: 'v', serverId: 's', device: '/dev/vdb' }
const card = {
  port_id: 'p',
  net_id: 'n',
  mac_addr: 'fa:16:3e:4c:2c:30',
  port_state: 'ACTIVE',
  fixed_ips: [{ subnet_id: 'sub', ip_address: '10.0.0.3' }],
}
const plainCard = {
  portId: 'p',
  networkId: 'n',
  macAddress: 'fa:16:3e:4c:2c:30',
  portState: 'ACTIVE',
  fixedIps: [{ subnetId: 'sub', ipAddress: '10.0.0.3' }],
}
const migration = {
  id: 1234,
  status: 'running',
  source_compute: 'a',
  dest_compute: 'b',
  memory_total_bytes: 5,
}
const share = { share_id: 'sh', status: 'attaching', tag: 'data' }
const done = {
  action: 'reboot',
  request_id: 'req-1',
  start_time: '2018-04-25T01:26:34.784165',
  message: null,
  events: [{ event: 'compute_reboot', start_time: 't', finish_time: null, result: null }],
}

/** Each method has a row for each way of calling it that changes what is sent. */
export const rows: Readonly<Record<keyof ServerOperations, readonly Row[]>> = {
  start: [[(s) => s.start('s'), action({ 'os-start': null })]],
  stop: [[(s) => s.stop('s'), action({ 'os-stop': null })]],
  reboot: [
    [(s) => s.reboot('s', 'SOFT'), action({ reboot: { type: 'SOFT' } })],
    [(s) => s.reboot('s', 'HARD'), action({ reboot: { type: 'HARD' } })],
  ],
  pause: [[(s) => s.pause('s'), action({ pause: null })]],
  unpause: [[(s) => s.unpause('s'), action({ unpause: null })]],
  suspend: [[(s) => s.suspend('s'), action({ suspend: null })]],
  resume: [[(s) => s.resume('s'), action({ resume: null })]],
  lock: [
    [(s) => s.lock('s'), action({ lock: null })],
    [(s) => s.lock('s', { reason: 'audit' }), action({ lock: { locked_reason: 'audit' } }, '2.73')],
  ],
  unlock: [[(s) => s.unlock('s'), action({ unlock: null })]],
  rescue: [
    [(s) => s.rescue('s'), action({ rescue: null }, '2.87')],
    [
      (s) => s.rescue('s', { adminPassword: new Secret('pw'), image: 'i' }),
      action({ rescue: { adminPass: 'pw', rescue_image_ref: 'i' } }, '2.1', {
        newest: '2.79',
        reply: { json: { adminPass: 'pw' } },
        result: new Secret('pw'),
      }),
    ],
  ],
  unrescue: [[(s) => s.unrescue('s'), action({ unrescue: null })]],
  shelve: [[(s) => s.shelve('s'), action({ shelve: null })]],
  shelveOffload: [[(s) => s.shelveOffload('s'), action({ shelveOffload: null })]],
  unshelve: [
    [(s) => s.unshelve('s'), action({ unshelve: null })],
    [
      (s) => s.unshelve('s', { availabilityZone: 'us-west' }),
      action({ unshelve: { availability_zone: 'us-west' } }, '2.77'),
    ],
    [(s) => s.unshelve('s', { host: 'h' }), action({ unshelve: { host: 'h' } }, '2.91')],
    [
      (s) => s.unshelve('s', { availabilityZone: null, host: 'h' }),
      action({ unshelve: { availability_zone: null, host: 'h' } }, '2.91'),
    ],
  ],
  resize: [
    [(s) => s.resize('s', '2'), action({ resize: { flavorRef: '2' } })],
    [
      (s) => s.resize('s', '2', { diskConfig: 'AUTO' }),
      action({ resize: { flavorRef: '2', 'OS-DCF:diskConfig': 'AUTO' } }),
    ],
  ],
  confirmResize: [
    [(s) => s.confirmResize('s'), action({ confirmResize: null }, '2.1', { reply: { status: 204 } })],
  ],
  revertResize: [[(s) => s.revertResize('s'), action({ revertResize: null })]],
  restore: [[(s) => s.restore('s'), action({ restore: null })]],
  forceDelete: [
    [(s) => s.forceDelete('s'), action({ forceDelete: null }, '2.1', { result: true })],
    [
      (s) => s.forceDelete('s'),
      action({ forceDelete: null }, '2.1', {
        reply: { status: 404, json: { itemNotFound: { code: 404, message: 'no' } } },
        result: false,
      }),
    ],
  ],
  resetState: [[(s) => s.resetState('s', 'active'), action({ 'os-resetState': { state: 'active' } })]],
  triggerCrashDump: [[(s) => s.triggerCrashDump('s'), action({ trigger_crash_dump: null }, '2.17')]],
  injectNetworkInfo: [[(s) => s.injectNetworkInfo('s'), action({ injectNetworkInfo: null })]],
  resetNetwork: [[(s) => s.resetNetwork('s'), action({ resetNetwork: null })]],

  migrate: [
    [(s) => s.migrate('s'), action({ migrate: null })],
    [(s) => s.migrate('s', { host: 'h' }), action({ migrate: { host: 'h' } }, '2.56')],
  ],
  liveMigrate: [
    [
      (s) => s.liveMigrate('s'),
      action({ 'os-migrateLive': { host: null, block_migration: 'auto' } }, '2.25'),
    ],
    [
      (s) => s.liveMigrate('s', { host: 'h', blockMigration: false }),
      action({ 'os-migrateLive': { host: 'h', block_migration: false } }, '2.30'),
    ],
    [
      (s) => s.liveMigrate('s', { host: 'h', force: true }),
      action({ 'os-migrateLive': { host: 'h', block_migration: 'auto', force: true } }, '2.30'),
    ],
    [
      (s) => s.liveMigrate('s', { diskOverCommit: true, blockMigration: true }),
      action({ 'os-migrateLive': { host: null, block_migration: true, disk_over_commit: true } }, '2.1'),
    ],
    [
      (s) => s.liveMigrate('s', { host: 'h' }),
      action({ 'os-migrateLive': { host: 'h', block_migration: false, disk_over_commit: false } }, '2.1', {
        newest: '2.12',
      }),
    ],
  ],
  evacuate: [
    [(s) => s.evacuate('s'), action({ evacuate: {} }, '2.14')],
    [
      (s) => s.evacuate('s', { host: 'h', adminPassword: 'pw' }),
      action({ evacuate: { host: 'h', adminPass: 'pw' } }, '2.29'),
    ],
    [
      (s) => s.evacuate('s', { host: 'h', force: true }),
      action({ evacuate: { host: 'h', force: true } }, '2.29'),
    ],
    [
      (s) => s.evacuate('s', { onSharedStorage: true }),
      action({ evacuate: { onSharedStorage: true } }, '2.1', {
        reply: { json: { adminPass: 'MySecretPass' } },
        result: new Secret('MySecretPass'),
      }),
    ],
  ],
  migrations: [
    [
      (s) => s.migrations('s'),
      {
        sends: ['GET', '/migrations', '2.23'],
        reply: { json: { migrations: [migration] } },
        result: [
          expect.objectContaining({
            id: 1234,
            sourceCompute: 'a',
            destCompute: 'b',
            memoryTotal: 5,
          }) as unknown,
        ],
      },
    ],
  ],
  getMigration: [
    [
      (s) => s.getMigration('s', 1234),
      {
        sends: ['GET', '/migrations/1234', '2.23'],
        reply: { json: { migration } },
        result: expect.objectContaining({ id: 1234, status: 'running' }) as unknown,
      },
    ],
  ],
  forceCompleteMigration: [
    [
      (s) => s.forceCompleteMigration('s', 1),
      { sends: ['POST', '/migrations/1/action', '2.22', { force_complete: null }] },
    ],
  ],
  abortMigration: [
    [(s) => s.abortMigration('s', 1), { sends: ['DELETE', '/migrations/1', '2.65'] }],
    [(s) => s.abortMigration('s', 1), { newest: '2.53', sends: ['DELETE', '/migrations/1', '2.24'] }],
  ],

  rebuild: [
    [
      (s) => s.rebuild('s', { image: 'i' }),
      action({ rebuild: { imageRef: 'i' } }, '2.1', {
        reply: { status: 202, json: { server: wireServer('s', { adminPass: 'seekr3t' }) } },
        result: expect.objectContaining({ id: 's', adminPassword: { secret: 'seekr3t' } }) as unknown,
      }),
    ],
    [
      (s) => s.rebuild('s', { image: 'i', personality: [{ path: '/a', contents: 'YQ==' }] }),
      action({ rebuild: { imageRef: 'i', personality: [{ path: '/a', contents: 'YQ==' }] } }, '2.1', {
        reply: { status: 202, json: { server: wireServer('s') } },
      }),
    ],
    [
      (s) => s.rebuild('s', { image: 'i', userData: null, keyName: null, description: null }),
      action({ rebuild: { imageRef: 'i', user_data: null, key_name: null, description: null } }, '2.57', {
        reply: { status: 202, json: { server: wireServer('s') } },
      }),
    ],
    [
      (s) =>
        s.rebuild('s', {
          image: 'i',
          name: 'foobar',
          adminPassword: 'pw',
          metadata: { 'meta var': 'value' },
          accessIpv4: '1.2.3.4',
          accessIpv6: '80fe::',
          diskConfig: 'AUTO',
          preserveEphemeral: false,
          trustedImageCertificates: ['c'],
          hostname: 'updated-hostname.example.com',
        }),
      action(
        {
          rebuild: {
            imageRef: 'i',
            name: 'foobar',
            adminPass: 'pw',
            metadata: { 'meta var': 'value' },
            accessIPv4: '1.2.3.4',
            accessIPv6: '80fe::',
            'OS-DCF:diskConfig': 'AUTO',
            preserve_ephemeral: false,
            trusted_image_certificates: ['c'],
            hostname: 'updated-hostname.example.com',
          },
        },
        '2.94',
        { reply: { status: 202, json: { server: wireServer('s') } } },
      ),
    ],
    [
      (s) => s.rebuild('s', { image: 'i', reimageBootVolume: true }),
      action({ rebuild: { imageRef: 'i' } }, '2.93', {
        reply: { status: 202, json: { server: wireServer('s') } },
      }),
    ],
  ],
  update: [
    [
      (s) =>
        s.update('s', { name: 'new', accessIpv4: '4.3.2.1', accessIpv6: '80fe::', diskConfig: 'MANUAL' }),
      {
        sends: [
          'PUT',
          '',
          '2.1',
          {
            server: {
              name: 'new',
              accessIPv4: '4.3.2.1',
              accessIPv6: '80fe::',
              'OS-DCF:diskConfig': 'MANUAL',
            },
          },
        ],
        reply: { json: { server: wireServer('s') } },
        result: expect.objectContaining({ id: 's' }) as unknown,
      },
    ],
    [
      (s) => s.update('s', { description: null }),
      {
        sends: ['PUT', '', '2.19', { server: { description: null } }],
        reply: { json: { server: wireServer('s') } },
      },
    ],
    [
      (s) => s.update('s', { hostname: 'hh' }),
      {
        sends: ['PUT', '', '2.90', { server: { hostname: 'hh' } }],
        reply: { json: { server: wireServer('s') } },
      },
    ],
    [
      (s) => s.update('s', { pinnedAvailabilityZone: null }),
      {
        newest: '2.104',
        sends: ['PUT', '', '2.104', { server: { pinned_availability_zone: null } }],
        reply: { json: { server: wireServer('s') } },
      },
    ],
  ],
  createImage: [
    [
      (s) => s.createImage('s', 'foo-image', { metadata: { meta_var: 'meta_val' } }),
      action({ createImage: { name: 'foo-image', metadata: { meta_var: 'meta_val' } } }, '2.45', {
        reply: { status: 202, json: { image_id: 'img' } },
        result: 'img',
      }),
    ],
    [
      (s) => s.createImage('s', 'foo-image'),
      action({ createImage: { name: 'foo-image' } }, '2.1', {
        newest: '2.38',
        reply: { status: 202, headers: { location: 'http://glance.example.com/images/img' } },
        result: 'img',
      }),
    ],
  ],
  backup: [
    [
      (s) => s.backup('s', { name: 'Backup 1', type: 'daily', rotation: 1, metadata: { a: 'b' } }),
      action(
        { createBackup: { name: 'Backup 1', backup_type: 'daily', rotation: 1, metadata: { a: 'b' } } },
        '2.45',
        { reply: { status: 202, json: { image_id: 'img' } }, result: 'img' },
      ),
    ],
    [
      (s) => s.backup('s', { name: 'Backup 1', type: 'weekly', rotation: 0 }),
      action({ createBackup: { name: 'Backup 1', backup_type: 'weekly', rotation: 0 } }, '2.1', {
        newest: '2.38',
      }),
    ],
  ],

  changePassword: [
    [(s) => s.changePassword('s', 'foo'), action({ changePassword: { adminPass: 'foo' } })],
    [(s) => s.changePassword('s', new Secret('foo')), action({ changePassword: { adminPass: 'foo' } })],
  ],
  getPassword: [
    [
      (s) => s.getPassword('s'),
      {
        sends: ['GET', '/os-server-password', '2.1'],
        reply: { json: { password: 'xlozO3wLCBRWAa2yDjCCVx8vwNPypxnypmRY' } },
        result: { encrypted: 'xlozO3wLCBRWAa2yDjCCVx8vwNPypxnypmRY' },
      },
    ],
    [
      (s) => s.getPassword('s'),
      { sends: ['GET', '/os-server-password', '2.1'], reply: { json: { password: '' } } },
    ],
  ],
  clearPassword: [
    [
      (s) => s.clearPassword('s'),
      { sends: ['DELETE', '/os-server-password', '2.1'], reply: { status: 204 } },
    ],
  ],

  getConsoleOutput: [
    [
      (s) => s.getConsoleOutput('s', { lines: 50 }),
      action({ 'os-getConsoleOutput': { length: 50 } }, '2.1', {
        reply: { json: { output: 'a' } },
        result: 'a',
      }),
    ],
    [
      (s) => s.getConsoleOutput('s'),
      action({ 'os-getConsoleOutput': {} }, '2.1', { reply: { json: { output: '' } }, result: '' }),
    ],
  ],
  getConsoleUrl: [
    ...(
      [
        ['novnc', 'vnc', '2.6'],
        ['xvpvnc', 'vnc', '2.6'],
        ['spice-html5', 'spice', '2.6'],
        ['rdp-html5', 'rdp', '2.6'],
        ['serial', 'serial', '2.6'],
        ['webmks', 'mks', '2.8'],
        ['spice-direct', 'spice', '2.99'],
      ] as const
    ).map(([type, protocol, microversion]): Row => {
      const remote_console = { protocol, type, url: 'http://example.com/?token=t' }
      return [
        (s) => s.getConsoleUrl('s', type),
        {
          newest: '2.100',
          sends: ['POST', '/remote-consoles', microversion, { remote_console: { protocol, type } }],
          reply: { json: { remote_console } },
          result: remote_console,
        },
      ]
    }),
    ...(
      [
        ['novnc', 'os-getVNCConsole', 'vnc'],
        ['spice-html5', 'os-getSPICEConsole', 'spice'],
        ['rdp-html5', 'os-getRDPConsole', 'rdp'],
        ['serial', 'os-getSerialConsole', 'serial'],
      ] as const
    ).map(
      ([type, key, protocol]): Row => [
        (s) => s.getConsoleUrl('s', type),
        action({ [key]: { type } }, '2.1', {
          newest: '2.3',
          reply: { json: { console: { type, url: 'u' } } },
          result: { protocol, type, url: 'u' },
        }),
      ],
    ),
  ],

  addresses: [
    [
      (s) => s.addresses('s'),
      {
        sends: ['GET', '/ips', '2.1'],
        reply: { json: { addresses: { private: [{ addr: '192.168.1.30', version: 4 }] } } },
        result: { private: [{ address: '192.168.1.30', version: 4 }] },
      },
    ],
  ],
  addressesOf: [
    [
      (s) => s.addressesOf('s', 'private net 1'),
      {
        sends: ['GET', '/ips/private%20net%201', '2.1'],
        reply: { json: { 'private net 1': [{ addr: '::1', version: 6 }] } },
        result: [{ address: '::1', version: 6 }],
      },
    ],
  ],
  addFixedIp: [[(s) => s.addFixedIp('s', 'net'), action({ addFixedIp: { networkId: 'net' } })]],
  removeFixedIp: [
    [(s) => s.removeFixedIp('s', '10.0.0.4'), action({ removeFixedIp: { address: '10.0.0.4' } })],
  ],
  addFloatingIp: [
    [(s) => s.addFloatingIp('s', '10.10.10.10'), action({ addFloatingIp: { address: '10.10.10.10' } })],
    [
      (s) => s.addFloatingIp('s', '10.10.10.10', { fixedAddress: '192.168.1.30' }),
      action({ addFloatingIp: { address: '10.10.10.10', fixed_address: '192.168.1.30' } }),
    ],
  ],
  removeFloatingIp: [
    [(s) => s.removeFloatingIp('s', '172.16.10.7'), action({ removeFloatingIp: { address: '172.16.10.7' } })],
  ],

  fetchSecurityGroups: [
    [
      (s) => s.fetchSecurityGroups('s'),
      {
        sends: ['GET', '/os-security-groups', '2.1'],
        reply: {
          json: {
            security_groups: [
              { id: 1, name: 'default', description: 'd', rules: [], tenant_id: 't' },
              { id: 1, name: 'default', description: 'd', rules: [], tenant_id: 't' },
            ],
          },
        },
        result: [{ id: '1', name: 'default', description: 'd' }],
      },
    ],
  ],
  addSecurityGroup: [
    [(s) => s.addSecurityGroup('s', 'test'), action({ addSecurityGroup: { name: 'test' } })],
  ],
  removeSecurityGroup: [
    [(s) => s.removeSecurityGroup('s', 'test'), action({ removeSecurityGroup: { name: 'test' } })],
  ],
  fetchTopology: [
    [
      (s) => s.fetchTopology('s'),
      {
        sends: ['GET', '/topology', '2.78'],
        reply: {
          json: {
            nodes: [
              {
                cpu_pinning: { '0': 0, '1': 5 },
                host_node: 0,
                memory_mb: 1024,
                siblings: [[0, 1]],
                vcpu_set: [0, 1],
              },
            ],
            pagesize_kb: 4,
          },
        },
        result: {
          nodes: [
            { cpuPinning: { 0: 0, 1: 5 }, hostNode: 0, memory: 1024, siblings: [[0, 1]], vcpus: [0, 1] },
          ],
          pageSize: 4,
        },
      },
    ],
  ],
  diagnostics: [
    [
      (s) => s.diagnostics('s'),
      {
        sends: ['GET', '/diagnostics', '2.48'],
        reply: { json: { state: 'running', uptime: 46664 } },
        result: { state: 'running', uptime: 46664 },
      },
    ],
  ],

  getMetadata: [
    [
      (s) => s.getMetadata('s'),
      {
        sends: ['GET', '/metadata', '2.1'],
        reply: { json: { metadata: { foo: 'Foo' } } },
        result: { foo: 'Foo' },
      },
    ],
  ],
  updateMetadata: [
    [
      (s) => s.updateMetadata('s', { foo: 'Foo' }),
      {
        sends: ['POST', '/metadata', '2.1', { metadata: { foo: 'Foo' } }],
        reply: { json: { metadata: { foo: 'Foo', b: 'c' } } },
        result: { foo: 'Foo', b: 'c' },
      },
    ],
  ],
  replaceMetadata: [
    [
      (s) => s.replaceMetadata('s', { foo: 'Foo' }),
      {
        sends: ['PUT', '/metadata', '2.1', { metadata: { foo: 'Foo' } }],
        reply: { json: { metadata: { foo: 'Foo' } } },
        result: { foo: 'Foo' },
      },
    ],
  ],
  getMetadataItem: [
    [
      (s) => s.getMetadataItem('s', 'a b'),
      {
        sends: ['GET', '/metadata/a%20b', '2.1'],
        reply: { json: { meta: { 'a b': 'Foo' } } },
        result: 'Foo',
      },
    ],
  ],
  setMetadataItem: [
    [
      (s) => s.setMetadataItem('s', 'foo', 'Bar'),
      {
        sends: ['PUT', '/metadata/foo', '2.1', { meta: { foo: 'Bar' } }],
        reply: { json: { meta: { foo: 'Bar' } } },
      },
    ],
  ],
  deleteMetadata: [
    [
      (s) => s.deleteMetadata('s', 'foo'),
      { sends: ['DELETE', '/metadata/foo', '2.1'], reply: { status: 204 }, result: true },
    ],
  ],

  tags: [
    [
      (s) => s.tags('s'),
      { sends: ['GET', '/tags', '2.26'], reply: { json: { tags: ['a', 'b'] } }, result: ['a', 'b'] },
    ],
  ],
  hasTag: [
    [(s) => s.hasTag('s', 'a'), { sends: ['GET', '/tags/a', '2.26'], reply: { status: 204 }, result: true }],
  ],
  addTag: [
    [(s) => s.addTag('s', 'ä b'), { sends: ['PUT', '/tags/%C3%A4%20b', '2.26'], reply: { status: 201 } }],
  ],
  replaceTags: [
    [
      (s) => s.replaceTags('s', ['a']),
      { sends: ['PUT', '/tags', '2.26', { tags: ['a'] }], reply: { json: { tags: ['a'] } }, result: ['a'] },
    ],
  ],
  removeTag: [
    [
      (s) => s.removeTag('s', 'a'),
      { sends: ['DELETE', '/tags/a', '2.26'], reply: { status: 204 }, result: true },
    ],
  ],
  clearTags: [[(s) => s.clearTags('s'), { sends: ['DELETE', '/tags', '2.26'], reply: { status: 204 } }]],

  interfaces: [
    [
      (s) => s.interfaces('s'),
      {
        sends: ['GET', '/os-interface', '2.1'],
        reply: { json: { interfaceAttachments: [card] } },
        result: [plainCard],
      },
    ],
  ],
  getInterface: [
    [
      (s) => s.getInterface('s', 'p'),
      {
        sends: ['GET', '/os-interface/p', '2.1'],
        reply: { json: { interfaceAttachment: card } },
        result: plainCard,
      },
    ],
  ],
  createInterface: [
    [
      (s) => s.createInterface('s', { port: 'p' }),
      {
        sends: ['POST', '/os-interface', '2.1', { interfaceAttachment: { port_id: 'p' } }],
        reply: { json: { interfaceAttachment: card } },
        result: plainCard,
      },
    ],
    [
      (s) => s.createInterface('s', { network: 'n', fixedIp: '192.168.1.3', tag: 'public' }),
      {
        sends: [
          'POST',
          '/os-interface',
          '2.49',
          { interfaceAttachment: { net_id: 'n', fixed_ips: [{ ip_address: '192.168.1.3' }], tag: 'public' } },
        ],
        reply: { json: { interfaceAttachment: card } },
      },
    ],
  ],
  deleteInterface: [
    [(s) => s.deleteInterface('s', 'p'), { sends: ['DELETE', '/os-interface/p', '2.1'], result: true }],
  ],

  volumeAttachments: [
    [
      (s) => s.volumeAttachments('s'),
      {
        sends: ['GET', '/os-volume_attachments', '2.89'],
        reply: {
          json: {
            volumeAttachments: [
              {
                attachment_id: 'a',
                bdm_uuid: 'b',
                delete_on_termination: true,
                device: '/dev/vdb',
                serverId: 's',
                tag: 'foo',
                volumeId: 'v',
              },
            ],
          },
        },
        result: [
          {
            attachmentId: 'a',
            deleteOnTermination: true,
            device: '/dev/vdb',
            serverId: 's',
            tag: 'foo',
            volumeId: 'v',
          },
        ],
      },
    ],
    [
      (s) => s.volumeAttachments('s'),
      {
        newest: '2.72',
        sends: ['GET', '/os-volume_attachments', '2.70'],
        reply: { json: { volumeAttachments: [attachment] } },
      },
    ],
  ],
  getVolumeAttachment: [
    [
      (s) => s.getVolumeAttachment('s', 'v'),
      {
        newest: '2.38',
        sends: ['GET', '/os-volume_attachments/v', '2.1'],
        reply: { json: { volumeAttachment: attachment } },
        result: { volumeId: 'v', serverId: 's', device: '/dev/vdb' },
      },
    ],
  ],
  createVolumeAttachment: [
    [
      (s) => s.createVolumeAttachment('s', { volumeId: 'v', device: '/dev/vdb' }),
      {
        sends: [
          'POST',
          '/os-volume_attachments',
          '2.60',
          { volumeAttachment: { volumeId: 'v', device: '/dev/vdb' } },
        ],
        reply: { json: { volumeAttachment: attachment } },
        result: { volumeId: 'v', serverId: 's', device: '/dev/vdb' },
      },
    ],
    [
      (s) => s.createVolumeAttachment('s', { volumeId: 'v', tag: 'foo', deleteOnTermination: true }),
      {
        newest: '2.103',
        sends: [
          'POST',
          '/os-volume_attachments',
          '2.79',
          { volumeAttachment: { volumeId: 'v', tag: 'foo', delete_on_termination: true } },
        ],
        reply: { status: 202 },
        result: { volumeId: 'v', serverId: 's' },
      },
    ],
  ],
  updateVolumeAttachment: [
    [
      (s) => s.updateVolumeAttachment('s', 'v', { deleteOnTermination: true }),
      {
        sends: [
          'PUT',
          '/os-volume_attachments/v',
          '2.85',
          { volumeAttachment: { volumeId: 'v', delete_on_termination: true } },
        ],
        reply: { status: 202 },
      },
    ],
    [
      (s) => s.updateVolumeAttachment('s', 'v', { replacement: 'w' }),
      {
        sends: ['PUT', '/os-volume_attachments/v', '2.1', { volumeAttachment: { volumeId: 'w' } }],
        reply: { status: 202 },
      },
    ],
  ],
  deleteVolumeAttachment: [
    [
      (s) => s.deleteVolumeAttachment('s', 'v'),
      { sends: ['DELETE', '/os-volume_attachments/v', '2.20'], result: true },
    ],
  ],

  shareAttachments: [
    [
      (s) => s.shareAttachments('s'),
      {
        newest: '2.97',
        sends: ['GET', '/shares', '2.97'],
        reply: { json: { shares: [share] } },
        result: [{ shareId: 'sh', status: 'attaching', tag: 'data' }],
      },
    ],
  ],
  getShareAttachment: [
    [
      (s) => s.getShareAttachment('s', 'sh'),
      {
        newest: '2.97',
        sends: ['GET', '/shares/sh', '2.97'],
        reply: { json: { share: { ...share, uuid: 'u', export_location: '10.0.0.50:/mnt/foo' } } },
        result: {
          shareId: 'sh',
          status: 'attaching',
          tag: 'data',
          id: 'u',
          exportLocation: '10.0.0.50:/mnt/foo',
        },
      },
    ],
  ],
  createShareAttachment: [
    [
      (s) => s.createShareAttachment('s', { shareId: 'sh', tag: 'data' }),
      {
        newest: '2.97',
        sends: ['POST', '/shares', '2.97', { share: { share_id: 'sh', tag: 'data' } }],
        reply: { status: 201, json: { share } },
        result: { shareId: 'sh', status: 'attaching', tag: 'data' },
      },
    ],
    [
      (s) => s.createShareAttachment('s', { shareId: 'sh' }),
      {
        newest: '2.97',
        sends: ['POST', '/shares', '2.97', { share: { share_id: 'sh' } }],
        reply: { status: 201, json: { share } },
      },
    ],
  ],
  deleteShareAttachment: [
    [
      (s) => s.deleteShareAttachment('s', 'sh'),
      { newest: '2.97', sends: ['DELETE', '/shares/sh', '2.97'], reply: { status: 200 }, result: true },
    ],
  ],

  instanceActions: [
    [
      (s) => s.instanceActions('s'),
      {
        sends: ['GET', '/os-instance-actions', '2.21'],
        reply: { json: { instanceActions: [{ ...done, events: undefined }] } },
        result: [{ action: 'reboot', requestId: 'req-1', startTime: done.start_time, events: [] }],
      },
    ],
    [
      (s) => s.instanceActions('s', { changesSince: '2018-04-25', limit: 5, marker: 'req-0' }),
      {
        sends: ['GET', '/os-instance-actions', '2.58'],
        query: 'changes-since=2018-04-25&limit=5&marker=req-0',
        reply: { json: { instanceActions: [{ ...done, events: undefined, updated_at: 'u' }] } },
        result: [
          { action: 'reboot', requestId: 'req-1', startTime: done.start_time, updatedAt: 'u', events: [] },
        ],
      },
    ],
    [
      (s) => s.instanceActions('s', { changesBefore: '2018-04-25' }),
      {
        sends: ['GET', '/os-instance-actions', '2.66'],
        query: 'changes-before=2018-04-25',
        reply: { json: { instanceActions: [] } },
        result: [],
      },
    ],
  ],
  getInstanceAction: [
    [
      (s) => s.getInstanceAction('s', 'req-1'),
      {
        sends: ['GET', '/os-instance-actions/req-1', '2.84'],
        reply: { json: { instanceAction: done } },
        result: {
          action: 'reboot',
          requestId: 'req-1',
          startTime: done.start_time,
          events: [{ event: 'compute_reboot', startTime: 't' }],
        },
      },
    ],
  ],
}
