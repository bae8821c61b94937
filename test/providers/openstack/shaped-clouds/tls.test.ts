/** A cloud whose certificates an authority of its own signs: every client of the environ has to know it. */

import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  type CloudSpec,
  createEnvirons,
  findError,
  namesAgentDataSource,
  namesImageDataSource,
  NotFoundError,
  newModelConfig,
  Secret,
  UnavailableError,
} from 'cloud-environs'
import { pingsClouds } from 'cloud-environs/provider'
import { openstack } from 'cloud-environs/providers/openstack'
import { startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newAuthority, newServerCertificate } from '../../../../src/certificates/index.ts'
import { openModel } from '../../../environ-contract.ts'
import { failure } from '../api/cloud-double.ts'
import { fastClock } from '../faults/fast-clock.ts'

type Embedded = Awaited<ReturnType<typeof startEmbeddedOpenStack>>

let cloud: Embedded
let front: ReturnType<typeof createServer>
let authority: string
let cloudSpec: CloudSpec
let passed = 0

/** Hands a request on to the cloud, whose answers name the front wherever they name the cloud. */
async function handOn(url: string, front: string, init: RequestInit) {
  const response = await fetch(url, init)
  const { origin } = new URL(cloud.authUrl)
  const headers = [...response.headers].filter(
    ([name]) => !/^(content-length|connection|keep-alive)/.test(name),
  )
  return {
    status: response.status,
    headers: Object.fromEntries(headers.map(([name, value]) => [name, value.replaceAll(origin, front)])),
    text: (await response.text()).replaceAll(origin, front),
  }
}

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 5, deleteMillis: 5 })
  const now = Date.now()
  const issuer = await newAuthority({ name: 'of the cloud', now })
  const { cert, key } = await newServerCertificate(issuer, { names: ['127.0.0.1'], now })
  authority = issuer.cert
  front = createServer({ cert, key: key.reveal() }, (request, response) => {
    passed++
    const { host = '', ...headers } = request.headers
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const { 'content-length': _, connection: __, 'transfer-encoding': ___, ...rest } = headers
      handOn(`${new URL(cloud.authUrl).origin}${request.url}`, `https://${host}`, {
        method: request.method ?? 'GET',
        headers: rest as Record<string, string>,
        redirect: 'manual',
        ...(body.length > 0 ? { body } : {}),
      }).then(
        ({ status, headers, text }) => response.writeHead(status, headers).end(text),
        () => response.destroy(),
      )
    })
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  const url = `https://127.0.0.1:${(front.address() as AddressInfo).port}`
  cloudSpec = {
    type: 'openstack',
    name: 'trusted',
    region: 'RegionOne',
    endpoint: cloud.authUrl.replace(new URL(cloud.authUrl).origin, url),
    credential: {
      authType: 'userpass',
      attributes: { username: 'demo', password: new Secret('secret'), 'tenant-name': 'demo' },
    },
  }
})
afterAll(async () => {
  front.closeAllConnections()
  front.close()
  await cloud.close()
})

const made = () => createEnvirons({ plugins: [openstack()], clock: fastClock, dataDir: '/nonexistent' })

describe('a cloud with certificates of its own', () => {
  it.each<[string, Partial<CloudSpec>, Record<string, unknown>]>([
    ['with the certificate of their authority', { caCertificates: ['CA'] }, {}],
    ['when certificates do not count', { skipTlsVerify: true }, {}],
    ['when a model does without them', {}, { 'ssl-hostname-verification': false }],
  ])('can be used %s: no client goes past it', async (_, spec, config) => {
    const caCertificates = spec.caCertificates && [authority]
    const trusted = { ...cloudSpec, ...spec, ...(caCertificates ? { caCertificates } : {}) }
    cloud.requests.clear()
    passed = 0
    const streams = new URL('/streams', cloudSpec.endpoint).href
    const overrides = { 'product-streams': streams, 'juju-tools': streams }
    const { environ, controllerUuid, start } = await openModel(await made(), {
      cloud: trusted,
      modelConfig: { network: 'private', 'endpoint-overrides': overrides, ...config },
    })
    if (!namesImageDataSource(environ) || !namesAgentDataSource(environ)) throw new Error('no sources')
    for (const source of [await environ.imageDataSource(), await environ.agentDataSource()])
      await expect(source.fetch('index.json')).rejects.toBeInstanceOf(NotFoundError)
    const { instance } = await start({
      constraints: { allocatePublicIp: true, rootDiskSource: 'volume', rootDisk: 1024, mem: 512 },
    })
    const source = (await environ.storageProvider('cinder')).volumeSource()
    await source.createVolumes([
      { tag: 'volume-0', size: 1024, provider: 'cinder', resourceTags: { controllerUuid } },
    ])
    await environ.stopInstances([instance.id])
    await environ.destroy()
    for (const service of ['identity', 'compute', 'network', 'image', 'volume'])
      expect(cloud.requests.count(undefined, new RegExp(`^/${service}/`))).toBeGreaterThan(0)
    expect(cloud.requests.length).toBe(passed)
  })

  it('is refused without them, with the ways out, and is asked nothing', async () => {
    cloud.requests.clear()
    const config = await newModelConfig({ name: 'm', type: 'openstack', uuid: crypto.randomUUID() })
    await using environ = await (await made()).open({ cloud: cloudSpec, config })
    const error = findError(await failure(environ.allInstances()), UnavailableError)
    expect(error?.message).toMatch(/the certificate of https:\/\/127\.0\.0\.1:\d+ is not trusted/)
    expect(error?.hint).toBeTruthy()
    expect(cloud.requests.length).toBe(0)
  })

  it('answers a ping, which sends nothing that could be stolen', async () => {
    cloud.requests.clear()
    const provider = (await made()).providers.provider('openstack')
    if (!pingsClouds(provider)) throw new Error('it cannot ping')
    await provider.ping(cloudSpec.endpoint ?? '')
    expect(cloud.requests.length).toBeGreaterThan(0)
    expect(cloud.requests.count('POST')).toBe(0)
  })
})
