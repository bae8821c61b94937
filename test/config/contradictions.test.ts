import { NotValidError, newModelConfig } from 'cloud-environs'
import { describe, expect, it, test } from 'vitest'

const REQUIRED = { name: 'prod', type: 'openstack', uuid: '0c4e1f5a-5a1c-4a0e-8b1a-2f9d6c3b7e10' }
const PROXY = 'http://proxy.example:3128'

const made = (attributes: Record<string, unknown>) => newModelConfig({ ...REQUIRED, ...attributes })

describe('proxies', () => {
  test.each([
    ['http-proxy', 'juju-http-proxy'],
    ['http-proxy', 'juju-ftp-proxy'],
    ['https-proxy', 'juju-http-proxy'],
    ['ftp-proxy', 'juju-https-proxy'],
  ])('are for all or for agents: %s and %s are not both set', async (general, own) => {
    const making = made({ [general]: PROXY, [own]: PROXY })
    await expect(making).rejects.toBeInstanceOf(NotValidError)
    await expect(making).rejects.toThrow(`"${general}" and "${own}" contradict each other`)
    await expect(made({ [general]: PROXY, [own]: '' })).resolves.toBeDefined()
    await expect(made({ [general]: '', [own]: PROXY })).resolves.toBeDefined()
  })

  it('of packages go with either', async () => {
    for (const name of ['http-proxy', 'juju-http-proxy']) {
      const packages = { 'apt-http-proxy': PROXY, 'snap-http-proxy': PROXY }
      await expect(made({ [name]: PROXY, ...packages })).resolves.toBeDefined()
    }
  })

  it('may be left out for hosts of both kinds', async () => {
    const { attrs } = await made({ 'http-proxy': PROXY, 'no-proxy': 'a', 'juju-no-proxy': 'b' })
    expect(attrs).toMatchObject({ 'no-proxy': ['a'], 'juju-no-proxy': ['b'] })
  })
})

describe('the fan', () => {
  it('is described when containers are on it', async () => {
    for (const fan of ['', {}]) {
      await expect(made({ 'container-networking-method': 'fan', 'fan-config': fan })).rejects.toThrow(
        '"container-networking-method" and "fan-config" contradict each other',
      )
    }
    await expect(
      made({ 'container-networking-method': 'fan', 'fan-config': '10.0.0.0/16=252.0.0.0/8' }),
    ).resolves.toBeDefined()
  })
})
