import { applyAttributes, NotValidError, newModelConfig, validateConfigChange } from 'cloud-environs'
import { describe, expect, it, test } from 'vitest'

const UUID = '0c4e1f5a-5a1c-4a0e-8b1a-2f9d6c3b7e10'
const REQUIRED = { name: 'prod', type: 'openstack', uuid: UUID }

const refusal = (attributes: Record<string, unknown>): Promise<unknown> =>
  newModelConfig({ ...REQUIRED, ...attributes }).then(
    () => 'it was taken',
    (error: unknown) => error,
  )

describe("a model's configuration", () => {
  it('has defaults for all but name, type and UUID', async () => {
    expect(await newModelConfig(REQUIRED)).toMatchObject({
      ...REQUIRED,
      firewallMode: 'instance',
      authorizedKeys: '',
      defaultBase: 'ubuntu@24.04',
      resourceTags: {},
      sslHostnameVerification: true,
      unknownAttrs: {},
      attrs: {
        ...REQUIRED,
        'firewall-mode': 'instance',
        'authorized-keys': '',
        'default-base': 'ubuntu@24.04',
        'resource-tags': {},
        'ssl-hostname-verification': true,
      },
    })
  })

  test.each(['name', 'type', 'uuid'])('must have the attribute %s', async (name) => {
    const { [name]: _, ...rest } = REQUIRED as Record<string, unknown>
    await expect(newModelConfig(rest)).rejects.toBeInstanceOf(NotValidError)
    await expect(newModelConfig(rest)).rejects.toThrow(`attribute "${name}"`)
  })

  test.each<[string, unknown]>([
    ['name', 'Prod'],
    ['name', '-prod'],
    ['name', 'prod-'],
    ['name', 'a b'],
    ['name', ''],
    ['type', ''],
    ['uuid', 'not-a-uuid'],
    ['uuid', `${UUID}0`],
    ['firewall-mode', 'off'],
    ['authorized-keys', 7],
    ['default-base', 'ubuntu'],
    ['default-base', 'Ubuntu@24.04'],
    ['resource-tags', 'owner'],
    ['resource-tags', '=value'],
    ['resource-tags', 'juju-model-uuid=x'],
    ['resource-tags', { 'juju-anything': 'x' }],
    ['resource-tags', { owner: 7 }],
    ['ssl-hostname-verification', 'maybe'],
  ])('names the attribute when %s is %j', async (name, value) => {
    const error = await refusal({ [name]: value })
    expect(error).toBeInstanceOf(NotValidError)
    expect(error).toMatchObject({ message: expect.stringContaining(`attribute "${name}`) as string })
  })

  test.each<[string, unknown, string]>([
    ['ssl-hostname-verification', 'maybe', 'is neither true nor false'],
    ['resource-tags', 'owner=me team', 'is neither a map of texts nor key=value pairs'],
    ['name', 'A', 'use lower-case letters, digits and hyphens'],
    ['default-base', 'noble', 'is not a base such as ubuntu@24.04'],
    ['uuid', 'x', 'is not a UUID'],
    ['firewall-mode', 'off', '"instance"|"global"|"none"'],
  ])('says what is wrong when %s is %j', async (name, value, reason) => {
    expect((await refusal({ [name]: value })) as Error).toHaveProperty(
      'message',
      expect.stringContaining(reason),
    )
  })

  test.each<[unknown, Record<string, string>]>([
    ['', {}],
    ['owner=me', { owner: 'me' }],
    ['  owner=me\t cost-centre=a=b  empty= ', { owner: 'me', 'cost-centre': 'a=b', empty: '' }],
    [{ owner: 'me too' }, { owner: 'me too' }],
  ])('reads the resource tags %j', async (value, resourceTags) => {
    expect(await newModelConfig({ ...REQUIRED, 'resource-tags': value })).toMatchObject({ resourceTags })
  })

  it('says that reserved tags are reserved', async () => {
    for (const tags of ['juju-x=1', { 'juju-x': '1' }]) {
      const error = await refusal({ 'resource-tags': tags })
      expect((error as Error).message).toContain('tags may not start with "juju-", which is reserved')
    }
  })

  test.each([
    [true, true],
    ['true', true],
    ['false', false],
  ])('reads the boolean %j', async (value, verified) => {
    const config = await newModelConfig({ ...REQUIRED, 'ssl-hostname-verification': value })
    expect(config.sslHostnameVerification).toBe(verified)
    expect(config.attrs['ssl-hostname-verification']).toBe(verified)
  })

  it('passes on what it does not know: that is for the provider', async () => {
    const own = { network: 'private', 'use-floating-ip': true, constructor: 'x' }
    const config = await newModelConfig({ ...REQUIRED, ...own })
    expect(config.unknownAttrs).toEqual(own)
    expect(config.attrs).toMatchObject(own)
  })

  it('cannot be changed in place', async () => {
    const config = await newModelConfig(REQUIRED)
    for (const part of [config, config.attrs, config.unknownAttrs]) expect(Object.isFrozen(part)).toBe(true)
  })
})

describe('changing a configuration', () => {
  it('gives a new one, validated anew, and leaves the old one', async () => {
    const config = await newModelConfig({ ...REQUIRED, network: 'a' })
    const changed = await applyAttributes(config, { network: 'b', 'firewall-mode': 'global' })
    expect(changed).toMatchObject({ firewallMode: 'global', unknownAttrs: { network: 'b' } })
    expect(config).toMatchObject({ firewallMode: 'instance', unknownAttrs: { network: 'a' } })
    await expect(applyAttributes(config, { 'firewall-mode': 'x' })).rejects.toThrow(
      'attribute "firewall-mode"',
    )
  })

  test.each([
    ['name', 'test'],
    ['type', 'memory'],
    ['uuid', '11111111-5a1c-4a0e-8b1a-2f9d6c3b7e10'],
    ['firewall-mode', 'global'],
  ])('refuses another %s, with the old value and the new one', async (name, value) => {
    const old = await newModelConfig(REQUIRED)
    const changing = validateConfigChange(await applyAttributes(old, { [name]: value }), old)
    await expect(changing).rejects.toBeInstanceOf(NotValidError)
    await expect(changing).rejects.toThrow(
      `cannot change ${name} from "${String(old.attrs[name])}" to "${value}"`,
    )
  })

  it('allows all else', async () => {
    const old = await newModelConfig({ ...REQUIRED, network: 'a' })
    const changed = await applyAttributes(old, {
      network: 'b',
      'authorized-keys': 'ssh-ed25519 AAAA',
      'resource-tags': 'a=b',
    })
    await expect(validateConfigChange(changed, old)).resolves.toBeUndefined()
  })
})
