import { strict as assert } from 'node:assert'
import * as capabilities from '../../environ/capabilities.ts'
import { ConflictError, NotFoundError } from '../../environ/errors.ts'
import type { HostedServer, HostedServerParams, ServerHosting } from '../../environ/server-hosting.ts'
import type { ConformanceCase, HostingPlace } from '../conformance-case.ts'
import { need, NotHere } from '../not-here.ts'
import { rejectionOf } from '../rejection.ts'
import type { Trial } from '../trial.ts'

/** Where the cloud under test hosts servers. @throws NotHere */
function placeOf({ subject }: Trial): HostingPlace {
  if (!subject.hosting) throw new NotHere('its author named no network that servers may be hosted on')
  return subject.hosting
}

function paramsFor(
  { networkId, imageId, instanceTypeId }: HostingPlace,
  overrides: Partial<HostedServerParams> = {},
): HostedServerParams {
  return {
    id: crypto.randomUUID(),
    name: 'conformance',
    networkId,
    imageId,
    instanceTypeId,
    securityGroups: [],
    allowedSourceAddresses: [],
    publicIp: false,
    tags: {},
    ...overrides,
  }
}

async function one(hosting: ServerHosting, id: string): Promise<HostedServer> {
  const [server] = await hosting.list({ ids: [id] })
  assert.ok(server, `server ${id} is not listed`)
  return server
}

/** An environ that hosts servers, and where. */
async function hosting(trial: Trial) {
  const place = placeOf(trial)
  const model = await trial.model()
  const environ = need(model.environ, capabilities.supportsServerHosting, 'hosting of servers')
  return { environ, place, hosting: environ.serverHosting }
}

/** What servers on given networks rely on; the server service is built on it. */
export const hostingCases: readonly ConformanceCase[] = [
  {
    id: 'hosting/once',
    sentence: 'a server is made once for an id, at whatever moment it is asked for',
    reason: 'whoever was killed asks again, and must not get two',
    async run(trial) {
      const { environ, place, hosting: hosted } = await hosting(trial)
      const params = paramsFor(place)
      const made = await Promise.all([hosted.create(params), hosted.create(params)])
      made.push(await hosted.create(params))
      assert.equal(new Set(made.map(({ instanceId }) => instanceId)).size, 1)
      assert.equal((await environ.allInstances()).length, 1)
    },
  },
  {
    id: 'hosting/listed',
    sentence: 'a server is listed by id, by network and by tags, as it was asked for; others are left out',
    reason: 'names are not looked at, ids and tags are',
    async run(trial) {
      const { place, hosting: hosted } = await hosting(trial)
      const { networkId, imageId } = place
      const params = paramsFor(place, { tags: { team: 'blue' } })
      await hosted.create(params)
      const server = await one(hosted, params.id)
      assert.deepEqual(
        [server.id, server.name, server.networkId, server.imageId, server.tags['team'], server.status.state],
        [params.id, 'conformance', networkId, imageId, 'blue', 'active'],
      )
      assert.equal((await hosted.list({ networkId, tags: { team: 'blue' } })).length, 1)
      assert.deepEqual(await hosted.list({ tags: { team: 'red' } }), [])
      assert.deepEqual(await hosted.list({ ids: [crypto.randomUUID()] }), [])
    },
  },
  {
    id: 'hosting/refused',
    sentence:
      'a server on a network, or of an image, that is not there is NotFoundError, and nothing is made',
    reason: 'bad input never creates anything',
    async run(trial) {
      const { environ, place, hosting: hosted } = await hosting(trial)
      const absent = crypto.randomUUID()
      for (const wrong of [{ networkId: absent }, { imageId: absent }, { instanceTypeId: absent }]) {
        await rejectionOf(NotFoundError, hosted.create(paramsFor(place, wrong)))
      }
      assert.deepEqual(await environ.allInstances(), [])
    },
  },
  {
    id: 'hosting/networking',
    sentence: 'a server gets exactly the networking that it is given later, and back',
    reason: 'what is not asked for any more must not stay open',
    async run(trial) {
      const { place, hosting: hosted } = await hosting(trial)
      const { id } = await hosted.create(paramsFor(place))
      const networking = async () => (await one(hosted, id)).allowedSourceAddresses
      for (const wanted of [['192.168.7.0/24'], ['192.168.7.0/24'], []]) {
        await hosted.setNetworking(id, { securityGroups: [], allowedSourceAddresses: wanted })
        assert.deepEqual(await networking(), wanted)
      }
    },
  },
  {
    id: 'hosting/rebuilt',
    sentence: 'a server that is built anew is the same one, with its addresses',
    reason: 'whoever reaches it goes on reaching it',
    async run(trial) {
      const { place, hosting: hosted } = await hosting(trial)
      const before = await hosted.create(paramsFor(place))
      await hosted.rebuild(before.id, { imageId: place.imageId })
      const after = await one(hosted, before.id)
      assert.deepEqual([after.instanceId, after.status.state], [before.instanceId, 'active'])
      assert.deepEqual(after.addresses, before.addresses)
    },
  },
  {
    id: 'hosting/deleted',
    sentence: 'a server that is deleted is gone with all that was made for it; twice is as good as once',
    reason: 'absence is success in a delete',
    async run(trial) {
      const { environ, place, hosting: hosted } = await hosting(trial)
      const { id } = await hosted.create(paramsFor(place))
      for (let time = 0; time < 2; time++) await hosted.delete(id)
      assert.deepEqual(await hosted.list(), [])
      assert.deepEqual(await environ.allInstances(), [])
    },
  },
  {
    id: 'hosting/public-address',
    sentence: 'a public address is given once, and taken away; one for an unknown server is NotFoundError',
    reason: 'addresses cost money, and one that stays leads to the wrong machine',
    async run(trial) {
      const { environ, place, hosting: hosted } = await hosting(trial)
      const { publicAddresses } = need(environ, capabilities.supportsPublicAddresses, 'public addresses')
      const { id } = await hosted.create(paramsFor(place))
      const publicOnes = async () =>
        (await one(hosted, id)).addresses.filter(({ scope }) => scope === 'public').length
      for (const wanted of [true, true, false, false]) {
        await publicAddresses.ensurePublicIp(id, wanted)
        assert.equal(await publicOnes(), wanted ? 1 : 0)
      }
      await rejectionOf(NotFoundError, publicAddresses.ensurePublicIp(crypto.randomUUID(), true))
    },
  },
  {
    id: 'hosting/image-catalog',
    sentence: 'an image is told with its state; an unknown one is NotFoundError',
    reason: 'whether an image can be booted is checked before anything is made',
    async run(trial) {
      const { imageId } = placeOf(trial)
      const { environ } = await trial.model()
      const { imageCatalog } = need(environ, capabilities.supportsImageCatalog, 'image catalog')
      const image = await imageCatalog.require(imageId)
      assert.deepEqual([image.id, image.state], [imageId, 'ready'])
      await rejectionOf(NotFoundError, imageCatalog.require(crypto.randomUUID()))
    },
  },
  {
    id: 'hosting/ownership',
    sentence: 'a network says whose it is and who uses it, and stays while somebody does',
    reason: 'permissions follow the owner, and the end of a network must not cut off servers',
    async run(trial) {
      const { environ, place, hosting: hosted } = await hosting(trial)
      const { ownership } = need(environ, capabilities.supportsOwnership, 'ownership')
      const { networkId } = place
      const { organization, project, region } = await ownership.resolveScope(networkId)
      assert.ok(organization !== '' && project !== '' && region !== '', 'a network that is nobody’s')
      await rejectionOf(NotFoundError, ownership.resolveScope(crypto.randomUUID()))
      const { id } = await hosted.create(paramsFor(place))
      const users = await ownership.networkUsers(networkId)
      assert.ok(
        users.some(({ serverId }) => serverId === id),
        'the server on it is none of its users',
      )
      await rejectionOf(ConflictError, ownership.deleteNetwork(networkId))
      assert.equal((await one(hosted, id)).status.state, 'active')
    },
  },
]
