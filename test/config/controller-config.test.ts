import {
  DEFAULT_API_PORT,
  formatBase,
  NotValidError,
  newControllerConfig,
  parseBase,
  validateControllerConfigChange,
} from 'cloud-environs'
import { describe, expect, it, test } from 'vitest'

const REQUIRED = { 'controller-uuid': '0c4e1f5a-5a1c-4a0e-8b1a-2f9d6c3b7e10', 'controller-name': 'main' }

describe("a controller's configuration", () => {
  it('has the default API port, and keeps what it does not know', async () => {
    const warnings: string[] = []
    const config = await newControllerConfig({ ...REQUIRED, 'api-prot': 1, mine: true }, (message) =>
      warnings.push(message),
    )
    expect(config).toMatchObject({ ...REQUIRED, 'api-port': DEFAULT_API_PORT, 'api-prot': 1, mine: true })
    expect(DEFAULT_API_PORT).toBe(17_070)
    expect(warnings).toEqual([
      'attribute "api-prot" is unknown, and kept; did you mean "api-port"?',
      'attribute "mine" is unknown, and kept',
    ])
  })

  it('has the defaults of Juju', async () => {
    const warnings: string[] = []
    const config = await newControllerConfig(REQUIRED, (message) => warnings.push(message))
    expect(config).toMatchObject({
      'state-port': 37_017,
      'auditing-enabled': true,
      'audit-log-max-size': '300M',
      'audit-log-max-backups': 10,
      'audit-log-exclude-methods': ['ReadOnlyMethods'],
      'max-debug-log-duration': '24h',
    })
    expect(config).not.toHaveProperty('ca-cert')
    expect(Object.isFrozen(config)).toBe(true)
    expect(warnings).toEqual([])
  })

  it('has its API on 443 when its certificate comes from an ACME service, or where it is told', async () => {
    const autocert = { ...REQUIRED, 'autocert-dns-name': 'juju.example' }
    expect(await newControllerConfig(autocert)).toMatchObject({ 'api-port': 443 })
    expect(await newControllerConfig({ ...autocert, 'api-port': '8443' })).toMatchObject({ 'api-port': 8443 })
  })

  test.each<[string, string, Record<string, unknown>]>([
    ['api-port', 'state-port', { 'api-port': 37_017 }],
    ['controller-api-port', 'api-port', { 'controller-api-port': '17070' }],
    ['controller-api-port', 'state-port', { 'controller-api-port': 5000, 'state-port': 5000 }],
    ['identity-url', 'identity-public-key', { 'identity-url': 'http://login.example' }],
    ['autocert-url', 'autocert-dns-name', { 'autocert-url': 'https://acme.example/directory' }],
  ])('names both when %s and %s contradict each other', async (first, second, attributes) => {
    const making = newControllerConfig({ ...REQUIRED, ...attributes })
    await expect(making).rejects.toBeInstanceOf(NotValidError)
    await expect(making).rejects.toThrow(`"${first}" and "${second}" contradict each other`)
  })

  it('takes an identity service by https, or with a key', async () => {
    for (const attributes of [
      { 'identity-url': 'https://login.example' },
      { 'identity-url': 'http://login.example', 'identity-public-key': 'AAAA' },
    ]) {
      await expect(newControllerConfig({ ...REQUIRED, ...attributes })).resolves.toMatchObject(attributes)
    }
  })

  it('takes a port written as text', async () => {
    expect(await newControllerConfig({ ...REQUIRED, 'api-port': '443' })).toMatchObject({ 'api-port': 443 })
  })

  test.each<[string, unknown]>([
    ['api-port', 0],
    ['api-port', 65_536],
    ['api-port', 17.5],
    ['api-port', 'http'],
    ['controller-name', 'My Controller'],
    ['controller-name', undefined],
    ['controller-uuid', 'x'],
    ['state-port', -1],
    ['autocert-url', 'acme'],
    ['auditing-enabled', 'sometimes'],
    ['audit-log-max-size', '300 megabytes'],
    ['audit-log-max-backups', -1],
    ['agent-ratelimit-rate', '2m'],
    ['agent-ratelimit-rate', '0'],
    ['max-debug-log-duration', 'a day'],
    ['juju-mgmt-space', 'No Space'],
  ])('names the attribute when %s is %j', async (name, value) => {
    const making = newControllerConfig({ ...REQUIRED, [name]: value })
    await expect(making).rejects.toBeInstanceOf(NotValidError)
    await expect(making).rejects.toThrow(`attribute "${name}"`)
  })
})

describe("changing a controller's configuration", () => {
  test.each<[string, unknown, unknown]>([
    ['controller-uuid', REQUIRED['controller-uuid'], '11111111-5a1c-4a0e-8b1a-2f9d6c3b7e10'],
    ['controller-name', 'main', 'other'],
    ['api-port', 17_070, 443],
    ['ca-cert', '', 'PEM'],
  ])('refuses another %s, with the old value and the new one', async (name, before, after) => {
    const old = await newControllerConfig(REQUIRED)
    const changing = validateControllerConfigChange(await newControllerConfig({ ...old, [name]: after }), old)
    await expect(changing).rejects.toBeInstanceOf(NotValidError)
    await expect(changing).rejects.toThrow(
      `cannot change ${name} from "${String(before)}" to "${String(after)}"`,
    )
  })

  it('allows all else', async () => {
    const old = await newControllerConfig(REQUIRED)
    const changed = await newControllerConfig({ ...old, 'auditing-enabled': 'false', mine: 1 })
    await expect(validateControllerConfigChange(changed, old)).resolves.toBeUndefined()
  })
})

describe('a base', () => {
  test.each([
    ['ubuntu@24.04', { os: 'ubuntu', version: '24.04' }],
    ['debian@12', { os: 'debian', version: '12' }],
    ['centos-stream@9', { os: 'centos-stream', version: '9' }],
  ])('%s is read, and written the same', (text, base) => {
    expect(parseBase(text)).toEqual(base)
    expect(formatBase(base)).toBe(text)
  })

  test.each(['', 'ubuntu', 'ubuntu@', '@24.04', 'ubuntu@noble', 'Ubuntu@24.04', 'ubuntu@24.04 ', 'a@1@2'])(
    '%j is refused',
    (text) => {
      expect(() => parseBase(text)).toThrow(NotValidError)
      expect(() => parseBase(text)).toThrow(`"${text}" is not a base`)
    },
  )
})
