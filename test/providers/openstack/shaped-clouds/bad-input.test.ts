/** What cannot be: a typed error that names what there is, and not one request that makes something. */

import {
  type Environ,
  EnvironsError,
  findError,
  NotFoundError,
  NotValidError,
  QuotaExceededError,
} from 'cloud-environs'
import { parseBase, resourceTags, type StartInstanceParams } from 'cloud-environs/provider'
import type { EmbeddedOpenStack, EmbeddedOpenStackOptions } from 'cloud-environs/providers/openstack/embedded'
import { describe, expect, it } from 'vitest'
import { failure } from '../api/cloud-double.ts'
import { embeddedModel } from '../peer-faults/embedded-model.ts'

const ABSENT = '00000000-1111-4222-8333-444444444444'
const ID = '[0-9a-f-]{36}'

const subnets = (cidr: string) => ({ subnets: [{ cidr }] })
const PUBLIC = { name: 'public', external: true, ...subnets('172.24.0.0/16') }
const PRIVATE = { name: 'private', ...subnets('10.20.0.0/16') }
const OPEN = { name: 'open', portSecurityEnabled: false, ...subnets('10.30.0.0/16') }

type Model = Awaited<ReturnType<typeof embeddedModel>>
type Wish = Partial<Omit<StartInstanceParams, 'instanceConfig'>>

/** What is wrong, in which cloud, and what is to be heard of it. */
interface BadInput {
  readonly cloud?: EmbeddedOpenStackOptions
  readonly config?: Record<string, unknown>
  readonly wish?: Wish | ((model: Model) => Wish | Promise<Wish>)
  readonly type: typeof NotFoundError | typeof NotValidError | typeof QuotaExceededError
  /** Of the message and the hint. */
  readonly says: RegExp
  /** Whether only a start is told what is wrong. */
  readonly startOnly?: true
}

const withAddress = { constraints: { allocatePublicIp: true } }
const volume = { constraints: { rootDiskSource: 'volume' } }

const cases: Readonly<Record<string, BadInput>> = {
  'an unknown network': {
    config: { network: 'atlantis' },
    type: NotFoundError,
    says: new RegExp(`network "atlantis" not found.*private \\(${ID}\\)`),
  },
  'an unknown network beside a known one': {
    config: { network: `private,${ABSENT}` },
    type: NotFoundError,
    says: new RegExp(`network "${ABSENT}" not found.*private \\(${ID}\\)`),
  },
  'an unknown external network': {
    config: { network: 'private', 'external-network': 'atlantis' },
    wish: withAddress,
    type: NotValidError,
    says: new RegExp(`external network "atlantis" does not exist.*public \\(${ID}\\)`),
  },
  'an external network that several are': {
    cloud: { networks: [PUBLIC, { ...PUBLIC, ...subnets('172.25.0.0/16') }, PRIVATE] },
    config: { network: 'private', 'external-network': 'public' },
    wish: withAddress,
    type: NotValidError,
    says: new RegExp(`"public" names several networks.*public \\(${ID}\\), public \\(${ID}\\)`),
  },
  'a public address where no router leads out': {
    cloud: { networks: [PUBLIC, { ...PRIVATE, routed: false }] },
    wish: withAddress,
    type: NotValidError,
    says: /no router leads from network "private".*public/,
  },
  'a public address where only IPv6 leads out': {
    cloud: { networks: [PUBLIC, { ...PRIVATE, ...subnets('fd00:20::/64') }] },
    wish: withAddress,
    type: NotValidError,
    says: /no router leads from network "private".*an IPv4 subnet/,
  },
  'an unknown flavor': {
    wish: { constraints: { instanceType: 'm9.huge' } },
    type: NotFoundError,
    says: /instance-type=m9\.huge.*m1\.small/,
  },
  'more than any flavor has': {
    wish: { constraints: { mem: 99_999_999 } },
    type: NotFoundError,
    says: /no instance types.*mem=99999999M/,
  },
  'an unknown image': {
    wish: { constraints: { imageId: ABSENT } },
    type: NotFoundError,
    says: new RegExp(`image "${ABSENT}" not found.*${ID} \\(ubuntu@24\\.04 amd64\\)`),
  },
  'an unknown source of the root disk': {
    wish: { constraints: { rootDiskSource: 'tape' } },
    type: NotValidError,
    says: /root-disk-source "tape" is not known.*volume, local/,
  },
  'an unknown zone of a placement': {
    wish: { placement: 'zone=atlantis' },
    type: NotValidError,
    says: /availability zone "atlantis" not valid.*az1, az2, az3/,
  },
  'an unknown zone': {
    wish: { availabilityZone: 'atlantis' },
    type: NotValidError,
    says: /availability zone "atlantis" not valid.*az1, az2, az3/,
    startOnly: true,
  },
  'an unknown placement': {
    wish: { placement: 'rack=7' },
    type: NotValidError,
    says: /unknown placement directive: rack=7.*zone=NAME/,
  },
  'a placement that contradicts a volume': {
    wish: async (model) => ({ placement: 'zone=az1', volumeAttachments: [await volumeIn(model, 'az2')] }),
    type: NotValidError,
    says: /placement "zone=az1": .* in zone "az1", .* disks in zone "az2".*ask for zone "az2"/,
  },
  'volumes of several zones': {
    wish: async (model) => ({
      volumeAttachments: [await volumeIn(model, 'az1'), await volumeIn(model, 'az2')],
    }),
    type: NotValidError,
    says: /volume-az1 in "az1", volume-az2 in "az2"/,
  },
  'a volume that is not there': {
    wish: { volumeAttachments: [{ volumeTag: 'volume-0', volumeId: ABSENT, machineId: '0' }] },
    type: NotFoundError,
    says: new RegExp(`volume ${ABSENT} not found`),
  },
  'a subnet of no network of the model': {
    wish: { subnetsToZones: [new Map([[ABSENT, []]])] },
    type: NotFoundError,
    says: new RegExp(`subnet ${ABSENT} is on none of the model's networks.*private \\(${ID}\\)`),
    startOnly: true,
  },
  'a subnet of another zone': {
    wish: { availabilityZone: 'az1', subnetsToZones: [new Map([[ABSENT, ['az2']]])] },
    type: NotFoundError,
    says: new RegExp(`no subnet of ${ABSENT} is in zone "az1"`),
    startOnly: true,
  },
  'the default group on a network without port security': {
    cloud: { networks: [PUBLIC, PRIVATE, OPEN] },
    config: { network: 'open', 'use-default-secgroup': true },
    type: NotValidError,
    says: new RegExp(
      `port security is off on network "open".*"use-default-secgroup" to false, or "network" to some of: private \\(${ID}\\)$`,
    ),
  },
  'more instances than the quota has': {
    cloud: { quotas: { instances: 0 } },
    type: QuotaExceededError,
    says: /needs 1 instance, 0 left of 0/,
  },
  'more ports than the quota has': {
    cloud: {
      networks: [PRIVATE, { ...OPEN, name: 'second', portSecurityEnabled: true }],
      quotas: { ports: 2 },
    },
    config: { network: 'private,second' },
    // The router has one on each.
    type: QuotaExceededError,
    says: /needs 2 ports, 0 left of 2/,
  },
  'more security groups than the quota has': {
    cloud: { quotas: { securityGroups: 1 } },
    // The project's own is one.
    type: QuotaExceededError,
    says: /needs 1 security group, 0 left of 1/,
  },
  'more floating IPs than the quota has': {
    cloud: { quotas: { floatingIps: 0 } },
    wish: withAddress,
    type: QuotaExceededError,
    says: /needs 1 floating IP, 0 left of 0/,
  },
  'more volumes than the quota has': {
    cloud: { quotas: { volumes: 0 } },
    wish: volume,
    type: QuotaExceededError,
    says: /needs 1 volume, 0 left of 0/,
  },
  'larger volumes than the quota has': {
    cloud: { quotas: { gigabytes: 20 } },
    wish: volume,
    type: QuotaExceededError,
    says: /needs 30 GiB of volumes, 20 left of 20/,
  },
}

/** A volume of the model, and that it is to be attached to machine 0. */
async function volumeIn({ connection, environ, controllerUuid }: Model, zone: string) {
  const metadata = resourceTags({ modelUuid: environ.config().uuid, controllerUuid })
  const { volumes } = connection.blockStorage
  const { id } = await volumes.create({ name: zone, size: 1, availabilityZone: zone, metadata })
  await volumes.waitForStatus(id)
  return { volumeTag: `volume-${zone}`, volumeId: id, machineId: '0' }
}

/** The requests that make or change something. */
const changes = ({ requests }: EmbeddedOpenStack): readonly string[] =>
  requests.entries
    .map(({ method, path }) => `${method} ${path}`)
    .filter((each) => !each.startsWith('GET ') && !each.endsWith('/auth/tokens'))

const precheck = (environ: Environ, { constraints = {}, placement, volumeAttachments }: Wish) =>
  environ.precheckInstance({
    base: parseBase('ubuntu@24.04'),
    constraints,
    ...(placement === undefined ? {} : { placement }),
    ...(volumeAttachments ? { volumeAttachments } : {}),
  })

describe('a machine is refused, and nothing is made, for', () => {
  it.each(Object.entries(cases))('%s', async (_, { cloud, config, wish = {}, type, says, startOnly }) => {
    const model = await embeddedModel(cloud, { config: { network: 'private', ...config } })
    const wanted = typeof wish === 'function' ? await wish(model) : wish
    model.cloud.requests.clear()
    const start = () => model.start(wanted)
    const refusals = startOnly ? [start] : [start, () => precheck(model.environ, wanted)]
    for (const refuse of refusals) {
      const error = findError(await failure(refuse()), type)
      expect(`${error?.message}; ${error?.hint}`).toMatch(says)
    }
    expect(changes(model.cloud)).toEqual([])
  })
})

describe('a volume is refused, and nothing is made, for', () => {
  it.each([
    ['an unknown type', { attributes: { 'volume-type': 'gold' } }, /"gold" not found.*standard/],
    ['an unknown attribute', { attributes: { speed: 'high' } }, /"speed" is not known.*volume-type/],
    ['another kind of storage', { provider: 'ebs' }, /"ebs".*cinder/],
    ['no size', { size: 0 }, /0 is not the size of a volume.*MiB/],
    [
      'an unknown machine',
      { attachment: { volumeTag: 'volume-0', machineId: '0', instanceId: ABSENT } },
      new RegExp(`server ${ABSENT} not found.*list the instances`),
    ],
  ])('%s', async (_, wrong, says) => {
    const { cloud, environ, controllerUuid } = await embeddedModel()
    const source = (await environ.storageProvider('cinder')).volumeSource()
    const tags = resourceTags({ modelUuid: environ.config().uuid, controllerUuid })
    cloud.requests.clear()
    const params = { tag: 'volume-0', size: 1024, provider: 'cinder', resourceTags: tags, ...wrong }
    const [made] = await source.createVolumes([params])
    const early = await failure(source.validateVolumeParams(params))
    const late = made && !made.ok ? made.error : undefined
    for (const error of [early, late]) {
      expect(error).toBeInstanceOf(EnvironsError)
      const { message, hint } = error as EnvironsError
      expect(`${message}; ${hint}`).toMatch(says)
    }
    expect(changes(cloud)).toEqual([])
  })
})
