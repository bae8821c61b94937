/** Whether an OpenStack is at a URL, without any credential. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createEnvirons, NotFoundError, NotValidError, UnavailableError } from 'cloud-environs'
import { pingsClouds } from 'cloud-environs/provider'
import { openstack } from 'cloud-environs/providers/openstack'
import { startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { expect, it, onTestFinished } from 'vitest'

async function ping(endpoint: string): Promise<void> {
  const environs = await createEnvirons({ plugins: [openstack()], dataDir: '/nonexistent' })
  const provider = environs.providers.provider('openstack')
  if (!pingsClouds(provider)) throw new Error('it cannot ping')
  await provider.ping(endpoint)
}

it('an OpenStack answers, with or without the version in the URL, and is asked for no token', async () => {
  const cloud = await startEmbeddedOpenStack()
  onTestFinished(() => cloud.close())
  await ping(cloud.authUrl)
  await ping(cloud.authUrl.replace(/\/v3$/, ''))
  await ping(cloud.authUrl.replace(/\/v3$/, '/v2.0'))
  expect(cloud.requests.count('POST')).toBe(0)
})

it.each([
  [200, 'hello', UnavailableError],
  [200, '{"versions": "many"}', NotFoundError],
  [404, 'nothing here', NotFoundError],
])('something else does not: %i %s', async (status, body, type) => {
  const server = createServer((_, response) => response.writeHead(status).end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const refused = ping(`http://127.0.0.1:${port}`)
  await expect(refused).rejects.toBeInstanceOf(type)
  await expect(refused).rejects.toMatchObject({ hint: expect.any(String) })
})

it('nobody answers', async () => {
  await expect(ping('http://127.0.0.1:9/v3')).rejects.toBeInstanceOf(UnavailableError)
})

it.each(['', 'gopher://keystone.example', 'keystone.example:5000', 'http://'])(
  '"%s" is no URL to ask',
  async (endpoint) => {
    await expect(ping(endpoint)).rejects.toBeInstanceOf(NotValidError)
  },
)
