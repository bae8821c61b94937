/** Every attribute is the same again after it was written as text, as JSON or as YAML. */

import { newControllerConfig, newModelConfig } from 'cloud-environs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { CONTROLLER_ATTRIBUTES } from '../../src/config/controller-attributes.ts'
import { MODEL_ATTRIBUTES } from '../../src/config/model-attributes.ts'
import type { ConfigAttribute, ConfigFormat, ConfigSchema } from '../../src/provider.ts'
import { formatConfigValue, readValue } from '../../src/config/values.ts'

const bits = (from: number, to: number) => fc.integer({ min: from, max: to })
const ipv4Cidr = (prefix: fc.Arbitrary<number>) =>
  fc.tuple(fc.ipV4(), prefix).map(([address, length]) => `${address}/${length}`)
const cidr = fc.oneof(
  ipv4Cidr(bits(0, 32)),
  fc.tuple(bits(0, 0xffff), bits(0, 128)).map(([word, length]) => `fd00::${word.toString(16)}/${length}`),
)
const name = fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,8})?$/)
const key = fc.stringMatching(/^[a-ik-z\\][a-z0-9_.\\-]{0,8}$/)
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const item = fc.stringMatching(/^[^,\s]([^,]{0,8}[^,\s])?$/)
const url = fc.webUrl()

const FORMATS: Readonly<Record<ConfigFormat, fc.Arbitrary<unknown>>> = {
  name,
  uuid: fc.uuid(),
  base: fc.constantFrom('ubuntu@24.04', 'debian@12', 'centos-stream@9'),
  version: fc.constantFrom('3.6.1', '4.0-beta2', '2.9.50.1'),
  url,
  source: fc.oneof(url, fc.constant('/srv/images'), fc.constant('file:///srv/images')),
  logging: fc.constantFrom('<root>=INFO', '<root>=warning; unit=DEBUG'),
  proxy: fc.oneof(url, fc.constant('proxy.example:3128')),
  cidr,
  fan: fc
    .dictionary(ipv4Cidr(bits(17, 32)), ipv4Cidr(bits(0, 16)), { minKeys: 1, maxKeys: 3 })
    .map((fan) => ({ ...fan })),
  'resource-tags': fc.dictionary(key, text).map((tags) => ({ ...tags })),
  cloudinit: fc.array(name).map((packages) => stringify({ packages })),
}

const duration = fc.constantFrom('1ms', '90s', '5m', '1h30m')
const size = fc.tuple(bits(0, 999), fc.constantFrom('', 'M', 'G', 'TiB')).map((parts) => parts.join(''))

/** Values that an attribute may have. */
function values({
  type,
  format,
  values: choices,
  min,
  max,
  ...attribute
}: ConfigAttribute): fc.Arbitrary<unknown> {
  const one = choices ? fc.constantFrom(...choices) : undefined
  const anyText = attribute.required ? name : text
  switch (type) {
    case 'bool':
      return fc.boolean()
    case 'int':
      return bits(Number(min ?? -(2 ** 40)), Number(max ?? 2 ** 40))
    case 'duration':
      return min === undefined && max === undefined ? duration : fc.constant(attribute.default)
    case 'size':
      return size
    case 'list':
      return fc.array(one ?? (format ? FORMATS[format] : item), { maxLength: 4 })
    case 'map':
      return format ? FORMATS[format] : fc.dictionary(key, text)
    case 'string':
      return one ?? (format ? FORMATS[format] : anyText)
  }
}

const REQUIRED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  model: { name: 'prod', type: 'openstack', uuid: '0c4e1f5a-5a1c-4a0e-8b1a-2f9d6c3b7e10' },
  controller: { 'controller-uuid': '0c4e1f5a-5a1c-4a0e-8b1a-2f9d6c3b7e10', 'controller-name': 'main' },
}

const MAKE = {
  model: async (attributes: Readonly<Record<string, unknown>>) => (await newModelConfig(attributes)).attrs,
  controller: newControllerConfig,
} as const

/** What contradicts something else when it is set by chance. */
const ALONE = /proxy$|^(container-networking-method|identity-url|autocert-.*|.*-port)$/

/** Some attributes of a table with values that they may have. */
const configuration = (schema: ConfigSchema) =>
  fc.record(
    Object.fromEntries(
      Object.entries(schema).flatMap(([attribute, definition]) =>
        ALONE.test(attribute) ? [] : [[attribute, values(definition)]],
      ),
    ),
    { requiredKeys: [] },
  )

const attributes = Object.entries({ ...MODEL_ATTRIBUTES, ...CONTROLLER_ATTRIBUTES })

describe('a value', () => {
  test.each(attributes)('of %s is the same from its text, JSON and YAML', async (_, attribute) => {
    await fc.assert(
      fc.asyncProperty(values(attribute), async (given) => {
        const value = await readValue(attribute, given)
        expect(value).toEqual(given)
        expect(await readValue(attribute, formatConfigValue(value))).toEqual(value)
        expect(await readValue(attribute, JSON.parse(JSON.stringify(value)))).toEqual(value)
        expect(await readValue(attribute, parse(stringify(value)))).toEqual(value)
      }),
      { numRuns: 10 },
    )
  })
})

describe('a configuration', () => {
  test.each([
    ['model', MODEL_ATTRIBUTES],
    ['controller', CONTROLLER_ATTRIBUTES],
  ] as const)('of a %s is the same from its texts, and from YAML', async (kind, schema) => {
    await fc.assert(
      fc.asyncProperty(configuration(schema), async (given) => {
        const config = await MAKE[kind]({ ...REQUIRED[kind], ...given })
        const texts = Object.entries(config).map(([attribute, value]) => [
          attribute,
          formatConfigValue(value),
        ])
        expect(await MAKE[kind](Object.fromEntries(texts) as Record<string, string>)).toEqual(config)
        expect(await MAKE[kind](parse(stringify(config)) as Record<string, unknown>)).toEqual(config)
      }),
      { numRuns: 20 },
    )
  })
})
