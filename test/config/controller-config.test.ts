import { DEFAULT_API_PORT, formatBase, NotValidError, newControllerConfig, parseBase } from 'cloud-environs'
import { describe, expect, it, test } from 'vitest'

const REQUIRED = { 'controller-uuid': '0c4e1f5a-5a1c-4a0e-8b1a-2f9d6c3b7e10', 'controller-name': 'main' }

describe("a controller's configuration", () => {
  it('has the default API port, and keeps what it does not know', async () => {
    expect(await newControllerConfig({ ...REQUIRED, 'audit-log': true })).toEqual({
      ...REQUIRED,
      'api-port': DEFAULT_API_PORT,
      'audit-log': true,
    })
    expect(DEFAULT_API_PORT).toBe(17_070)
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
  ])('names the attribute when %s is %j', async (name, value) => {
    const making = newControllerConfig({ ...REQUIRED, [name]: value })
    await expect(making).rejects.toBeInstanceOf(NotValidError)
    await expect(making).rejects.toThrow(`attribute "${name}"`)
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
