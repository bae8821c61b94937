import {
  applyAttributes,
  NotValidError,
  newModelConfig,
  removeAttributes,
  Secret,
  validateConfigChange,
} from 'cloud-environs'
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
    ['firewall-mode', 'off', 'is none of "instance", "global", "none"'],
    ['firewall-mode', 'globel', 'did you mean "global"?'],
    ['name', undefined, 'is missing'],
    ['type', '', 'is empty'],
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
    ['True', true],
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
    const config = await newModelConfig({ ...REQUIRED, 'resource-tags': 'a=b' })
    const parts = [config, config.attrs, config.unknownAttrs, config.resourceTags, config.sshAllow]
    for (const part of parts) expect(Object.isFrozen(part)).toBe(true)
  })

  it('tells what the framework reads by name', async () => {
    const config = await newModelConfig({
      ...REQUIRED,
      'agent-version': '3.6.1',
      'agent-stream': 'proposed',
      'agent-metadata-url': 'https://agents.example/',
      'agent-metadata-defaults-disabled': 'true',
      'image-stream': 'daily',
      'image-metadata-url': '/srv/images',
      'image-metadata-defaults-disabled': 'true',
      'ssh-allow': '192.0.2.0/24, 2001:db8::/32',
      'default-space': 'dmz',
      'enable-os-refresh-update': 'false',
      'enable-os-upgrade': 'false',
      'cloudinit-userdata': 'packages: [jq]',
    })
    expect(config).toMatchObject({
      agentVersion: '3.6.1',
      agentStream: 'proposed',
      agentMetadataUrl: 'https://agents.example/',
      agentMetadataDefaultsDisabled: true,
      imageStream: 'daily',
      imageMetadataUrl: '/srv/images',
      imageMetadataDefaultsDisabled: true,
      sshAllow: ['192.0.2.0/24', '2001:db8::/32'],
      defaultSpace: 'dmz',
      enableOsRefreshUpdate: false,
      enableOsUpgrade: false,
      cloudinitUserdata: 'packages: [jq]',
    })
    expect(await newModelConfig(REQUIRED)).toMatchObject({
      agentVersion: undefined,
      agentStream: 'released',
      agentMetadataUrl: undefined,
      agentMetadataDefaultsDisabled: false,
      imageStream: 'released',
      imageMetadataUrl: undefined,
      imageMetadataDefaultsDisabled: false,
      sshAllow: ['0.0.0.0/0', '::/0'],
      defaultSpace: '',
      enableOsRefreshUpdate: true,
      enableOsUpgrade: true,
      cloudinitUserdata: undefined,
    })
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

  it('takes attributes away: those with a default have it again', async () => {
    const config = await newModelConfig({
      ...REQUIRED,
      network: 'a',
      'image-stream': 'daily',
      'apt-mirror': '',
    })
    const less = await removeAttributes(config, ['network', 'image-stream', 'never-there'])
    expect(less).toMatchObject({ imageStream: 'released', unknownAttrs: {} })
    expect(less.attrs).not.toHaveProperty('apt-mirror')
    await expect(removeAttributes(config, ['name'])).rejects.toThrow('attribute "name" is missing')
  })

  it('unsets with an empty text what has no default', async () => {
    const config = await newModelConfig({ ...REQUIRED, 'image-metadata-url': 'https://images.example' })
    const unset = await applyAttributes(config, { 'image-metadata-url': '' })
    expect(unset.imageMetadataUrl).toBeUndefined()
    expect(unset.attrs).not.toHaveProperty('image-metadata-url')
  })

  it('puts a text back at its default with an empty one, and empties a list', async () => {
    const config = await newModelConfig({ ...REQUIRED, 'image-stream': 'daily', 'default-space': 'dmz' })
    const again = await applyAttributes(config, { 'image-stream': '', 'default-space': '', 'ssh-allow': '' })
    expect(again).toMatchObject({ imageStream: 'released', defaultSpace: '', sshAllow: [] })
  })

  test.each([
    ['agent-version', '3.6.1', '3.6.2'],
    ['apt-mirror', 'https://mirror.example/ubuntu', 'https://other.example/ubuntu'],
  ])('lets %s be changed, and not be unset', async (name, value, other) => {
    const unset = await newModelConfig(REQUIRED)
    const old = await applyAttributes(unset, { [name]: value })
    const changed = await applyAttributes(old, { [name]: other })
    await expect(validateConfigChange(old, unset)).resolves.toBeUndefined()
    await expect(validateConfigChange(changed, old)).resolves.toBeUndefined()
    const clearing = validateConfigChange(await applyAttributes(old, { [name]: '' }), old)
    await expect(clearing).rejects.toBeInstanceOf(NotValidError)
    await expect(clearing).rejects.toThrow(`cannot clear ${name}, which is "${value}"`)
  })

  it("minds what is fixed among a provider's attributes, and tells no secret", async () => {
    const fields = {
      zone: { type: 'string', description: 'where', immutable: true },
      token: { type: 'string', description: 'token', immutable: true, secret: true },
    } as const
    const made = (zone: string, token: string) =>
      newModelConfig({ ...REQUIRED, zone, token: new Secret(token) })
    const old = await made('a', 's3cret')
    await expect(validateConfigChange(await made('a', 's3cret'), old, fields)).resolves.toBeUndefined()
    await expect(validateConfigChange(await made('b', 's3cret'), old, fields)).rejects.toThrow(
      'cannot change zone from "a" to "b"',
    )
    await expect(validateConfigChange(await made('a', 'other'), old, fields)).rejects.toThrow(
      'cannot change token from "***" to "***"',
    )
  })
})
