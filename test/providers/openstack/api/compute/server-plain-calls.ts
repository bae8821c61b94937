/** Calls on servers that are not in the operation tables: lists with each filter, creates with everything there is. */

import type {
  CreateServer,
  MigrationQuery,
  ServerQuery,
  Servers,
} from '../../../../../providers/openstack/api/index.ts'

type Call = (servers: Servers) => Promise<unknown>

const text = 'text'
const time = '2026-01-01T00:00:00Z'

/** A value for each filter. Those of administrators go with `allTenants`. */
const filters: { readonly [K in keyof ServerQuery]-?: Exclude<ServerQuery[K], undefined> } = {
  name: text,
  status: 'ACTIVE',
  image: text,
  flavor: text,
  ip: '10.0.0.1',
  ip6: '::1',
  reservationId: text,
  changesSince: time,
  changesBefore: time,
  tags: [text],
  tagsAny: [text],
  notTags: [text],
  notTagsAny: [text],
  locked: true,
  availabilityZone: text,
  configDrive: true,
  keyName: text,
  createdAt: time,
  launchedAt: time,
  terminatedAt: time,
  powerState: 1,
  taskState: text,
  vmState: 'active',
  progress: 50,
  userId: text,
  hostname: text,
  allTenants: true,
  projectId: text,
  host: text,
  node: text,
  uuid: text,
  deleted: true,
  softDeleted: true,
  lockedBy: 'admin',
  launchIndex: 0,
  rootDeviceName: '/dev/vda',
  kernelId: text,
  ramdiskId: text,
  imageRef: text,
  diskConfig: 'AUTO',
  description: text,
  accessIpv4: '10.0.0.1',
  accessIpv6: '::1',
  sortKey: 'uuid',
  sortDir: 'asc',
  limit: 1,
  marker: text,
}

const queries: readonly ServerQuery[] = [
  {},
  ...Object.entries(filters).map(([name, value]): ServerQuery => ({ allTenants: true, [name]: value })),
]

const plain: CreateServer = { name: text, flavor: '1', image: text }
const creates: readonly Partial<CreateServer>[] = [
  {
    networks: [{ network: text, fixedIp: '10.0.0.1' }, { port: text }],
    securityGroups: ['default'],
    keyName: text,
    availabilityZone: text,
    userData: 'YQ==',
    configDrive: true,
    adminPassword: text,
    accessIpv4: '10.0.0.1',
    accessIpv6: '::1',
    diskConfig: 'AUTO',
    metadata: { key: text },
    serverGroup: text,
    schedulerHints: {
      differentHost: [text],
      sameHost: [text],
      query: '[]',
      targetCell: text,
      differentCell: [text],
      buildNearHostIp: '10.0.0.1',
      cidr: '/24',
    },
    blockDevices: [
      {
        sourceType: 'image',
        destinationType: 'volume',
        uuid: text,
        bootIndex: 0,
        volumeSize: 1,
        deleteOnTermination: true,
        deviceName: '/dev/vda',
        deviceType: 'disk',
        diskBus: 'virtio',
        guestFormat: 'ext4',
        noDevice: false,
      },
    ],
  },
  { personality: [{ path: '/a', contents: 'YQ==' }] },
  { networks: 'auto' },
  { networks: 'none' },
  { networks: [{ network: text, tag: text }] },
  { blockDevices: [{ sourceType: 'volume', uuid: text, bootIndex: 0, tag: text }] },
  { blockDevices: [{ sourceType: 'image', uuid: text, bootIndex: 0, volumeType: text }] },
  { description: text },
  { tags: [text] },
  { trustedImageCertificates: [text] },
  { hostname: text },
  { host: text },
  { hypervisorHostname: text },
]

const migrationFilters: {
  readonly [K in keyof MigrationQuery]-?: Exclude<MigrationQuery[K], undefined>
} = {
  status: 'running',
  type: 'live-migration',
  server: text,
  host: text,
  sourceCompute: text,
  changesSince: time,
  changesBefore: time,
  userId: text,
  projectId: text,
  limit: 1,
  marker: text,
}

/** Ways of calling each method. */
export const plainCalls: Readonly<
  Record<
    | 'all'
    | 'allBrief'
    | 'allMigrations'
    | 'create'
    | 'createMany'
    | 'delete'
    | 'get'
    | 'validateConsoleToken',
    readonly Call[]
  >
> = {
  all: queries.map((query) => (s) => s.all(query)),
  allBrief: queries.map((query) => (s) => s.allBrief(query)),
  allMigrations: [{}, ...Object.entries(migrationFilters).map(([name, value]) => ({ [name]: value }))].map(
    (query: MigrationQuery) => (s) => s.allMigrations(query),
  ),
  validateConsoleToken: [(s) => s.validateConsoleToken('t')],
  get: [(s) => s.get('s')],
  create: [{}, ...creates].map((create) => (s) => s.create({ ...plain, ...create })),
  createMany: [(s) => s.createMany({ ...plain, minCount: 1, maxCount: 2 })],
  delete: [(s) => s.delete('s')],
}
