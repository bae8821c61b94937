/** A provider's own attributes (Juju: `UnknownAttrs`, `ValidateUnknownAttrs`, `Schema`). */

import {
  type ConfigSchema,
  modelConfigSchema,
  NotValidError,
  newModelConfig,
  Secret,
  validateProviderAttributes,
} from 'cloud-environs'
import { inspect } from 'node:util'
import { describe, expect, it, test } from 'vitest'
import { recordingLogger } from '../providers/openstack/recording-logger.ts'

const REQUIRED = { name: 'prod', type: 'mine', uuid: '0c4e1f5a-5a1c-4a0e-8b1a-2f9d6c3b7e10' }

const FIELDS: ConfigSchema = {
  pool: { type: 'string', description: 'pool of addresses' },
  size: { type: 'int', default: 3, min: 1, description: 'how many there are' },
  labels: { type: 'map', default: {}, description: 'labels of machines' },
  zones: { type: 'list', default: ['a'], description: 'where machines are' },
  wait: { type: 'duration', default: '5m', description: 'how long a start may take' },
  token: { type: 'string', secret: true, description: 'what the cloud is asked with' },
}

async function validated(attributes: Record<string, unknown>, fields: ConfigSchema = FIELDS) {
  const logger = recordingLogger()
  const config = await newModelConfig({ ...REQUIRED, ...attributes })
  const valid = await validateProviderAttributes(config, fields, logger)
  return { config: valid, warnings: logger.lines.warn }
}

describe("a provider's attributes", () => {
  it('are completed', async () => {
    const { config, warnings } = await validated({})
    expect(config.unknownAttrs).toEqual({ size: 3, labels: {}, zones: ['a'], wait: '5m' })
    expect(config).toMatchObject(REQUIRED)
    expect(warnings).toEqual([])
  })

  it('are read from texts', async () => {
    const given = { pool: 'p', size: '7', labels: 'a=b c=d', zones: 'x, y', wait: '90s' }
    const { config } = await validated(given)
    expect(config.unknownAttrs).toEqual({
      pool: 'p',
      size: 7,
      labels: { a: 'b', c: 'd' },
      zones: ['x', 'y'],
      wait: '90s',
    })
    const again = await validateProviderAttributes(config, FIELDS, recordingLogger())
    expect(again).toEqual(config)
  })

  it('cannot be changed in place, nor can the defaults of the table', async () => {
    const { config } = await validated({})
    for (const name of ['labels', 'zones']) expect(Object.isFrozen(config.attrs[name])).toBe(true)
    expect(Object.isFrozen(FIELDS['zones']?.default)).toBe(false)
  })

  it('are unset with an empty text when they have no default', async () => {
    expect((await validated({ pool: '' })).config.attrs).not.toHaveProperty('pool')
  })

  test.each<[string, unknown]>([
    ['size', 'many'],
    ['size', 0],
    ['labels', 'a'],
    ['zones', 7],
    ['wait', 'long'],
    ['pool', 7],
  ])('are refused by name: %s as %j', async (name, value) => {
    const error: unknown = await validated({ [name]: value }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NotValidError)
    expect(error).toMatchObject({
      message: expect.stringContaining(`attribute "${name}"`) as string,
      resource: `attribute ${name}`,
    })
  })

  it('that are secret do not print', async () => {
    for (const token of ['s3cret', new Secret('s3cret')]) {
      const { config } = await validated({ token })
      const { token: secret } = config.unknownAttrs
      expect(secret).toBeInstanceOf(Secret)
      expect((secret as Secret).reveal()).toBe('s3cret')
      expect(JSON.stringify(config) + inspect(config, { depth: 9 })).not.toContain('s3cret')
    }
    const wrong = {
      ...FIELDS,
      token: { type: 'string', secret: true, format: 'uuid', description: 'token' },
    } as const
    const error: unknown = await validated({ token: 's3cret' }, wrong).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NotValidError)
    expect(String(error) + JSON.stringify(error)).not.toContain('s3cret')
  })

  it('that nobody knows are kept, with a warning that names the one that was meant', async () => {
    const { config, warnings } = await validated({ pol: 'p', 'firewal-mode': 'none', 'something-else': [1] })
    expect(config.unknownAttrs).toMatchObject({
      pol: 'p',
      'firewal-mode': 'none',
      'something-else': [1],
    })
    expect(warnings).toEqual([
      { message: 'attribute "pol" is unknown, and kept; did you mean "pool"?', fields: { model: 'prod' } },
      {
        message: 'attribute "firewal-mode" is unknown, and kept; did you mean "firewall-mode"?',
        fields: { model: 'prod' },
      },
      { message: 'attribute "something-else" is unknown, and kept', fields: { model: 'prod' } },
    ])
  })
})

describe('the schema of a model', () => {
  it("has everybody's attributes and the provider's", async () => {
    const schema = await modelConfigSchema(FIELDS)
    expect(schema).toMatchObject(FIELDS)
    expect(schema['firewall-mode']).toMatchObject({ default: 'instance', immutable: true })
    expect(Object.keys(schema)).not.toContain('api-port')
    expect(Object.keys(await modelConfigSchema())).not.toContain('pool')
  })

  it.each(['name', 'firewall-mode', 'api-port', 'controller-uuid'])('has one attribute %s', async (name) => {
    const merging = modelConfigSchema({ ...FIELDS, [name]: { type: 'string', description: 'mine' } })
    await expect(merging).rejects.toBeInstanceOf(NotValidError)
    await expect(merging).rejects.toThrow(`a provider may not define "${name}"`)
  })

  it('names all attributes that there are twice', async () => {
    const mine = { type: 'string', description: 'mine' } as const
    const fields = { uuid: mine, pool: mine, 'api-port': mine }
    await expect(modelConfigSchema(fields)).rejects.toThrow('a provider may not define "uuid", "api-port"')
    await expect(validated({}, fields)).rejects.toBeInstanceOf(NotValidError)
  })
})
