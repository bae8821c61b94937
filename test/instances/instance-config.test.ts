import { newModelConfig } from 'cloud-environs'
import { expect, it } from 'vitest'
import { newInstanceConfig } from '../../src/instances/instance-config.ts'

async function configOf(attributes: Record<string, unknown>) {
  const modelConfig = await newModelConfig({
    name: 'm',
    type: 'memory',
    uuid: '0c4e1f5a-0000-4000-8000-000000000000',
    ...attributes,
  })
  const base = { os: 'ubuntu', version: '24.04' }
  return newInstanceConfig({ machineId: '1', controllerUuid: 'c', modelConfig, base, isController: false }, {
    uuid: () => 'u',
  } as Parameters<typeof newInstanceConfig>[1])
}

const LOOPBACK = ['127.0.0.1', 'localhost', '::1']

it('takes the proxies of everything for agents and for apt', async () => {
  const proxies = { http: 'http://p:1', https: 'http://p:2', noProxy: LOOPBACK }
  const config = await configOf({ 'http-proxy': 'http://p:1', 'https-proxy': 'http://p:2' })
  expect(config).toMatchObject({ proxies, agentProxies: proxies, aptProxies: proxies })
})

it('takes those that agents and apt have of their own', async () => {
  const config = await configOf({ 'juju-http-proxy': 'http://p:1', 'apt-http-proxy': 'http://p:2' })
  expect(config).toMatchObject({
    proxies: { noProxy: LOOPBACK },
    agentProxies: { http: 'http://p:1', noProxy: LOOPBACK },
    aptProxies: { http: 'http://p:2', noProxy: LOOPBACK },
  })
  expect(config.proxies?.http).toBeUndefined()
})

it('takes what is said of packages and of user data', async () => {
  const attributes = { 'apt-mirror': 'http://mirror.example', 'enable-os-upgrade': false }
  expect(await configOf({ ...attributes, 'cloudinit-userdata': 'packages: [jq]' })).toMatchObject({
    aptMirror: 'http://mirror.example',
    enableOsRefreshUpdate: true,
    enableOsUpgrade: false,
    cloudinitUserdata: 'packages: [jq]',
  })
  const plain = await configOf({})
  for (const absent of ['aptMirror', 'cloudinitUserdata']) expect(plain).not.toHaveProperty(absent)
})
