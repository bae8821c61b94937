/** What each attribute may be and may not be (Juju: the table of `TestConfig`). */

import { NotValidError, newModelConfig } from 'cloud-environs'
import { describe, expect, it, test } from 'vitest'
import { CONTROLLER_ATTRIBUTES } from '../../src/config/controller-attributes.ts'
import { MODEL_ATTRIBUTES } from '../../src/config/model-attributes.ts'
import { readValue } from '../../src/config/values.ts'

const REQUIRED = { name: 'prod', type: 'openstack', uuid: '0c4e1f5a-5a1c-4a0e-8b1a-2f9d6c3b7e10' }

const made = async (attributes: Record<string, unknown>) =>
  (await newModelConfig({ ...REQUIRED, ...attributes })).attrs

describe('an attribute', () => {
  test.each<[string, unknown]>([
    ['agent-stream', 'released'],
    ['agent-metadata-defaults-disabled', false],
    ['automatically-retry-hooks', true],
    ['container-networking-method', ''],
    ['default-space', ''],
    ['development', false],
    ['disable-network-management', false],
    ['enable-os-refresh-update', true],
    ['enable-os-upgrade', true],
    ['firewall-mode', 'instance'],
    ['ignore-machine-addresses', false],
    ['image-metadata-defaults-disabled', false],
    ['image-stream', 'released'],
    ['juju-no-proxy', ['127.0.0.1', 'localhost', '::1']],
    ['max-status-history-age', '336h'],
    ['max-status-history-size', '5G'],
    ['mode', ['requires-prompts']],
    ['net-bond-reconfigure-delay', 17],
    ['no-proxy', ['127.0.0.1', 'localhost', '::1']],
    ['num-container-provision-workers', 4],
    ['num-provision-workers', 16],
    ['provisioner-harvest-mode', 'destroyed'],
    ['proxy-ssh', false],
    ['saas-ingress-allow', ['0.0.0.0/0', '::/0']],
    ['ssh-allow', ['0.0.0.0/0', '::/0']],
    ['ssl-hostname-verification', true],
    ['test-mode', false],
    ['transmit-vendor-metrics', true],
    ['update-status-hook-interval', '5m'],
  ])('%s is %j when nothing is said', async (name, value) => {
    expect((await made({}))[name]).toEqual(value)
  })

  test.each([
    'agent-metadata-url',
    'agent-version',
    'apt-http-proxy',
    'apt-mirror',
    'cloudinit-userdata',
    'egress-subnets',
    'fan-config',
    'http-proxy',
    'image-metadata-url',
    'juju-http-proxy',
    'logging-config',
    'snap-http-proxy',
    'snap-store-proxy-url',
    'storage-default-block-source',
  ])('%s is not there when nothing is said', async (name) => {
    expect(await made({})).not.toHaveProperty(name)
  })

  test.each<[string, unknown, unknown]>([
    ['agent-version', '3.6-beta1', '3.6-beta1'],
    ['agent-metadata-url', 'file:///srv/agents', 'file:///srv/agents'],
    ['apt-mirror', 'http://mirror.example/ubuntu', 'http://mirror.example/ubuntu'],
    ['container-inherit-properties', 'apt-primary, ca-certs', ['apt-primary', 'ca-certs']],
    ['container-networking-method', 'provider', 'provider'],
    ['egress-subnets', '10.0.0.0/8,192.0.2.1/32', ['10.0.0.0/8', '192.0.2.1/32']],
    ['egress-subnets', ['fd00::/8'], ['fd00::/8']],
    ['fan-config', '172.16.0.0/16=252.0.0.0/8', { '172.16.0.0/16': '252.0.0.0/8' }],
    ['http-proxy', 'http://user:pass@proxy.example:3128', 'http://user:pass@proxy.example:3128'],
    ['http-proxy', 'proxy.example:3128', 'proxy.example:3128'],
    ['http-proxy', '[2001:db8::1]:3128', '[2001:db8::1]:3128'],
    ['logging-config', '<root>=INFO;unit=DEBUG', '<root>=INFO;unit=DEBUG'],
    ['max-status-history-age', '72h30m', '72h30m'],
    ['max-status-history-size', '512MiB', '512MiB'],
    ['max-status-history-size', 512, '512'],
    ['mode', '', []],
    ['net-bond-reconfigure-delay', '0', 0],
    ['no-proxy', '', []],
    ['no-proxy', 'localhost,.example,10.0.0.0/8', ['localhost', '.example', '10.0.0.0/8']],
    ['num-provision-workers', '100', 100],
    ['provisioner-harvest-mode', 'none', 'none'],
    ['ssh-allow', '', []],
    ['update-status-hook-interval', '60m', '60m'],
    ['update-status-hook-interval', '1m', '1m'],
  ])('%s takes %j', async (name, given, value) => {
    expect((await made({ [name]: given }))[name]).toEqual(value)
  })

  test.each<[string, unknown, string]>([
    ['agent-version', '3', 'is not a version'],
    ['agent-metadata-url', 'agents', 'is not an http, https or file URL'],
    ['apt-mirror', 'mirror.example', 'is not an http or https URL'],
    ['automatically-retry-hooks', 'yes', 'is neither true nor false'],
    ['container-inherit-properties', 'apt-primary,users', 'is none of "apt-primary"'],
    ['container-networking-method', 'lxd', 'is none of'],
    ['development', 1, 'is neither true nor false'],
    ['egress-subnets', '10.0.0.0', 'is not a CIDR'],
    ['egress-subnets', '10.0.0.0/8,', 'is neither a list'],
    ['fan-config', '172.16.0.0/16', 'is neither a map'],
    ['fan-config', '172.16.0.0/16=252.0.0.0/33', 'is not a CIDR'],
    ['fan-config', '172.16.0.0/8=252.0.0.0/8', 'is not smaller than 252.0.0.0/8'],
    ['default-space', 'No Space', 'is not a valid name'],
    ['logging-config', 'unit=LOUD', 'is not levels of loggers'],
    ['logging-config', 'unit=DEBUG;', 'is not levels of loggers'],
    ['http-proxy', 'http://', 'is not the URL of a proxy'],
    ['http-proxy', 'my proxy', 'is not the URL of a proxy'],
    ['image-metadata-url', 'https://images.example/a b', 'is not an http, https or file URL'],
    ['max-status-history-age', '2 weeks', 'is not a duration'],
    ['max-status-history-age', 336, 'is not a duration'],
    ['max-status-history-size', 'big', 'is not a size'],
    ['mode', 'requires-prompt', 'did you mean "requires-prompts"?'],
    ['net-bond-reconfigure-delay', '-1', 'is less than 0'],
    ['net-bond-reconfigure-delay', '1.5', 'is not a whole number'],
    ['no-proxy', ['a,b'], 'is neither a list'],
    ['no-proxy', [1], 'is neither a list'],
    ['num-container-provision-workers', 26, 'is more than 25'],
    ['num-provision-workers', '0', 'is less than 1'],
    ['num-provision-workers', 101, 'is more than 100'],
    ['provisioner-harvest-mode', 'yes please', 'is none of'],
    ['ssh-allow', 'anywhere', 'is not a CIDR'],
    ['ssh-allow', '10/8', 'is not a CIDR'],
    ['update-status-hook-interval', '59s', 'is less than 1m'],
    ['update-status-hook-interval', '61m', 'is more than 60m'],
    ['update-status-hook-interval', '', 'is not a duration'],
  ])('%s does not take %j', async (name, value, reason) => {
    const making = made({ [name]: value })
    await expect(making).rejects.toBeInstanceOf(NotValidError)
    await expect(making).rejects.toThrow(`attribute "${name}"`)
    await expect(making).rejects.toThrow(reason)
  })

  it('that is refused is not shown: it may hold a password', async () => {
    const error: unknown = await made({ 'http-proxy': 'http://user:s3cret@proxy example' }).catch(
      (reason: unknown) => reason,
    )
    expect(JSON.stringify([String(error), error])).not.toContain('s3cret')
  })
})

describe('the tables of attributes', () => {
  const all = Object.entries({ ...MODEL_ATTRIBUTES, ...CONTROLLER_ATTRIBUTES })

  it('have no name in common', () => {
    expect(all).toHaveLength(Object.keys(MODEL_ATTRIBUTES).length + Object.keys(CONTROLLER_ATTRIBUTES).length)
  })

  test.each(all.filter(([, { default: standard }]) => standard !== undefined))(
    'have a default of %s that is taken',
    async (_, attribute) => {
      expect(await readValue(attribute, attribute.default)).toEqual(attribute.default)
    },
  )
})
