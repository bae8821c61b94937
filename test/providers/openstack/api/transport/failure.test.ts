import { inspect } from 'node:util'
import { Secret } from 'cloud-environs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { faultOf } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure, type Reply } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const nova = (status: number, key: string, message: string) => ({
  status,
  json: { [key]: { code: status, message } },
})
const neutron = (status: number, type: string, message: string) => ({
  status,
  json: { NeutronError: { type, message, detail: '' } },
})

test.each<[string, Reply, string, string | undefined]>([
  ['a quota', nova(403, 'forbidden', 'Quota exceeded for cores: Requested 8'), 'QUOTA_EXCEEDED', 'forbidden'],
  [
    'too many ports',
    nova(403, 'forbidden', 'Maximum number of ports exceeded'),
    'QUOTA_EXCEEDED',
    'forbidden',
  ],
  [
    'a policy about quotas',
    nova(403, 'forbidden', "Policy doesn't allow os_compute_api:os-quota-sets:show to be performed."),
    'FORBIDDEN',
    'forbidden',
  ],
  [
    'a wrong state',
    nova(409, 'conflictingRequest', 'Cannot delete while locked'),
    'CONFLICT',
    'conflictingRequest',
  ],
  ['a bad value', nova(400, 'badRequest', 'Flavor nope could not be found.'), 'NOT_VALID', 'badRequest'],
  [
    'a missing server',
    nova(404, 'itemNotFound', 'Instance could not be found.'),
    'NOT_FOUND',
    'itemNotFound',
  ],
  [
    'a path that this version lacks',
    { status: 404, json: { message: 'Gone.<br /><br />', code: '404 Not Found', title: 'Not Found' } },
    'NOT_SUPPORTED',
    'Not Found',
  ],
  [
    'a version it lacks',
    { status: 406, json: { computeFault: { message: 'x' } } },
    'NOT_SUPPORTED',
    'computeFault',
  ],
  ['what it cannot do', nova(501, 'notImplemented', 'no'), 'NOT_SUPPORTED', 'notImplemented'],
  ['its own failure', nova(500, 'computeFault', 'Unexpected API Error.'), 'UNAVAILABLE', 'computeFault'],
  ['a quota of Neutron', neutron(409, 'OverQuota', 'Quota exceeded'), 'QUOTA_EXCEEDED', 'OverQuota'],
  ['children', neutron(409, 'NetworkInUse', 'in use'), 'CONFLICT', 'NetworkInUse'],
  [
    'a rule there is',
    neutron(409, 'SecurityGroupRuleExists', 'exists'),
    'ALREADY_EXISTS',
    'SecurityGroupRuleExists',
  ],
  [
    'no addresses',
    neutron(400, 'ExternalIpAddressExhausted', 'none'),
    'CONFLICT',
    'ExternalIpAddressExhausted',
  ],
  ['a text of Neutron', { status: 400, json: { NeutronError: 'bad body' } }, 'NOT_VALID', undefined],
  [
    'a quota of Cinder',
    { status: 413, headers: { 'retry-after': '0' }, json: { overLimit: { code: 413, message: 'exceeded' } } },
    'QUOTA_EXCEEDED',
    'overLimit',
  ],
  [
    'a body too large for a proxy',
    { status: 413, headers: { 'content-type': 'text/html' }, text: '<h1>413</h1>' },
    'NOT_VALID',
    undefined,
  ],
  [
    'a rate limit',
    { status: 429, json: { overLimitFault: { message: 'slow' } } },
    'RATE_LIMITED',
    'overLimitFault',
  ],
  [
    'a gateway that knows nothing',
    { status: 404, headers: { 'content-type': 'text/html' }, text: '<html><h1>404 Not Found</h1></html>' },
    'UNAVAILABLE',
    undefined,
  ],
  ['an empty 404', { status: 404 }, 'NOT_FOUND', undefined],
  ['a status nobody knows', { status: 499, json: {} }, 'NOT_VALID', undefined],
])('%s is told by body and status', async (_, reply, code, fault) => {
  cloud.handler = ({ path }) => (path.startsWith('/compute') ? reply : undefined)
  const error = await failure(cloud.connect().compute.servers.get('s1'))
  expect(error).toMatchObject({ code, operation: 'get', resource: 'server s1' })
  expect(faultOf(error)).toBe(fault)
  expect(faultOf(new Error('wrapped', { cause: error }))).toBe(fault)
})

test('the message is one sentence with the cloud’s own words and the request', async () => {
  cloud.handler = ({ path }) =>
    path.startsWith('/compute')
      ? {
          ...nova(404, 'itemNotFound', 'Instance s1 could not be found.'),
          headers: { 'x-openstack-request-id': 'req-7' },
        }
      : undefined
  expect(await failure(cloud.connect().compute.servers.get('s1'))).toMatchObject({
    message: 'cannot get server s1: Instance s1 could not be found (request req-7)',
    requestId: 'req-7',
    status: 404,
  })
})

test('a page of a gateway becomes readable text', async () => {
  cloud.handler = ({ path }) =>
    path.startsWith('/compute')
      ? {
          status: 500,
          headers: { 'content-type': 'text/html' },
          text: '<html><style>h1 {}</style>\n<h1>Bad  Gateway</h1></html>',
        }
      : undefined
  expect(await failure(cloud.connect().compute.servers.get('s1'))).toMatchObject({
    message: 'cannot get server s1: Bad Gateway',
  })
})

test('secrets that a service quotes back are not shown', async () => {
  const userData = 'c2VjcmV0'.repeat(300)
  cloud.handler = ({ path, headers }) =>
    path.startsWith('/compute')
      ? nova(400, 'badRequest', `Value: ${userData} of ${headers['x-auth-token']?.toString()} is too long`)
      : undefined
  const create = { name: 's', flavor: '1', image: 'i', userData }
  const error = await failure(cloud.connect().compute.servers.create(create))
  expect(error).toMatchObject({ message: 'cannot create server "s": Value: *** of *** is too long' })
  expect(inspect(error, { depth: 9 })).not.toContain('c2VjcmV0')
})

test('a password that Keystone quotes back is not shown', async () => {
  cloud.handler = () => ({
    status: 400,
    json: { error: { message: "'s3cr3t' is too short", title: 'Bad Request' } },
  })
  const connection = cloud.connect({
    credential: { method: 'password', user: { id: 'u' }, password: new Secret('s3cr3t') },
  })
  const error = await failure(connection.identity.authenticate())
  expect(inspect([error, connection], { depth: 9, showHidden: true })).not.toContain('s3cr3t')
})
