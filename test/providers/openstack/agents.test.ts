/** Agents from where the cloud's own catalog says that they are. */

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createEnvirons, generateAgentMetadata, Secret } from 'cloud-environs'
import { openstack } from 'cloud-environs/providers/openstack'
import { startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { expect, it, onTestFinished } from 'vitest'
import { newAgent, newDirectory } from '../../agents/served-agents.ts'
import { MemoryControllerStore } from 'cloud-environs/testing'

const credential = {
  authType: 'userpass',
  attributes: { username: 'demo', password: new Secret('secret'), 'tenant-name': 'demo' },
}

/** Serves a directory on loopback. */
async function serve(directory: string): Promise<string> {
  const server = createServer((request, response) => {
    readFile(join(directory, request.url ?? '')).then(
      (data) => response.end(data),
      () => response.writeHead(404).end(),
    )
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

it('a controller runs the agent that the catalog’s juju-tools has for it; without that service, none', async () => {
  await using cloud = await startEmbeddedOpenStack({ buildMillis: 5, deleteMillis: 5 })
  const tree = await newDirectory()
  const agents = [await newAgent(tree, '3.6.1'), await newAgent(tree, '3.6.2', 'riscv64')]
  await generateAgentMetadata({ directory: tree, agents })
  const url = await serve(join(tree, 'tools'))
  const environs = await createEnvirons({ plugins: [openstack()], controllers: new MemoryControllerStore() })
  const bootstrap = async (controllerName: string, overrides: Record<string, string>) => {
    const { details } = await environs.bootstrap({
      agent: 'none',
      controllerName,
      cloud: {
        type: 'openstack',
        name: 'embedded',
        region: 'RegionOne',
        endpoint: cloud.authUrl,
        credential,
      },
      modelConfig: { network: 'private', 'endpoint-overrides': overrides },
    })
    return details.modelConfig['agent-version']
  }
  expect(await bootstrap('with', { 'juju-tools': url })).toBe('3.6.1')
  await using environ = await environs.openController('with', { credential })
  expect(await environs.findAgents(environ, { version: '3.6.1' })).toMatchObject([
    { url: `${url}/agent/juju-3.6.1-ubuntu-amd64.tar.gz`, source: 'keystone catalog' },
  ])
  expect(await bootstrap('without', {})).toBeUndefined()
  for (const name of ['with', 'without']) await environs.destroyController(name, { credential })
})
