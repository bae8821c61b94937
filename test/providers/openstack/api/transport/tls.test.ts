import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { UnavailableError } from 'cloud-environs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TlsOptions } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure } from '../cloud-double.ts'

/** Of nobody but this file: a certificate for 127.0.0.1 that signs itself, and its key. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBkTCCATagAwIBAgIUAQ5QPnVWHnOuVyfiHtSsOMHv/gUwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMTA0MjgxOFoYDzIxMjYxMDI4
MDQyODE4WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQsFq3mupqVLAGtmSRvBxS+dls8MCRyYDfIBsoaSCBWwS1syTgCCPzd
3ifS2a8jDe9KEUeDIx5mL6l5VSDlOZy1o2QwYjAdBgNVHQ4EFgQUg02a7L1m6kzJ
5sZOZC/ymNtm+8MwHwYDVR0jBBgwFoAUg02a7L1m6kzJ5sZOZC/ymNtm+8MwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYC
IQDVdNdDtZTIwUQB5jrbdFZjIWUhP4gBH5sa84nVhbWL3wIhAM5jEg+ogboTuE08
Cx/q1mx3Qrw5brH86SFlIwjLAfBG
-----END CERTIFICATE-----`
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpHJbaHtPhcMe4XTe
xxAKkyXbxyRFWwE9uas94YX9FYWhRANCAAQsFq3mupqVLAGtmSRvBxS+dls8MCRy
YDfIBsoaSCBWwS1syTgCCPzd3ifS2a8jDe9KEUeDIx5mL6l5VSDlOZy1
-----END PRIVATE KEY-----`

let cloud: CloudDouble
let site: Server
let url: string
beforeEach(async () => {
  cloud = await CloudDouble.start()
  site = createServer({ cert: certificate, key }, (_, response) => {
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"error": {"message": "no"}}')
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${(site.address() as AddressInfo).port}`
})
afterEach(async () => {
  await cloud[Symbol.asyncDispose]()
  site.closeAllConnections()
  site.close()
})

const attempt = (tls?: TlsOptions, authUrl = url) =>
  failure(cloud.connect({ authUrl: `${authUrl}/v3`, tls }).identity.authenticate())

test('a certificate that nobody vouches for is refused at once, with the ways out', async () => {
  const error = await attempt()
  expect(error).toBeInstanceOf(UnavailableError)
  expect(error).toMatchObject({
    message: expect.stringContaining(`the certificate of ${url} is not trusted`),
    hint: expect.stringMatching(/cacert.*verify: false/),
  })
  expect(cloud.clock.slept).toEqual([])
})

test.each<[string, TlsOptions]>([
  ['cacert', { cacert: certificate }],
  ['verify: false', { verify: false }],
])('%s lets it in', async (_, tls) => {
  expect(await attempt(tls)).toMatchObject({ code: 'UNAUTHORIZED' })
})

test('a certificate for another host is refused', async () => {
  expect(await attempt({ cacert: certificate }, url.replace('127.0.0.1', 'localhost'))).toMatchObject({
    message: expect.stringContaining('is for another host'),
  })
})

test('a cacert that is no certificate is named', async () => {
  expect(
    await attempt({ cacert: '-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----' }),
  ).toMatchObject({
    code: 'NOT_VALID',
    hint: expect.stringContaining('PEM'),
  })
})

test('https to a port that speaks http says so', async () => {
  const error = await attempt(undefined, cloud.origin.replace('http:', 'https:'))
  expect(error).toMatchObject({ hint: expect.stringContaining('begin with http: instead of https:') })
})
