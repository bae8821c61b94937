/** The reference of attributes is made from the tables that the code reads. `vitest -u` writes it anew. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ATTRIBUTES as OPENSTACK } from '../../providers/openstack/config.ts'
import { CONTROLLER_ATTRIBUTES } from '../../src/config/controller-attributes.ts'
import { MODEL_ATTRIBUTES } from '../../src/config/model-attributes.ts'
import type { ConfigAttribute, ConfigSchema } from '../../src/provider.ts'
import { formatConfigValue } from '../../src/config/values.ts'

const FILE = fileURLToPath(new URL('../../docs/configuration.md', import.meta.url))

const TABLES: Readonly<Record<string, ConfigSchema>> = {
  model: MODEL_ATTRIBUTES,
  controller: CONTROLLER_ATTRIBUTES,
  openstack: OPENSTACK,
}

const quoted = (value: unknown): string => `\`${formatConfigValue(value)}\``

function rules({ values, min, max, required, immutable, keptOnceSet, secret }: ConfigAttribute): string {
  const sentences = [
    values &&
      `One of ${values
        .filter((value) => value !== '')
        .map(quoted)
        .join(', ')}.`,
    min !== undefined && `At least ${min}.`,
    max !== undefined && `At most ${max}.`,
    required && 'Required.',
    immutable && 'Fixed.',
    keptOnceSet && 'Cannot be unset.',
    secret && 'Secret.',
  ]
  return sentences.filter(Boolean).join(' ')
}

const row = ([name, attribute]: readonly [string, ConfigAttribute]): string => {
  const { type, default: standard, description } = attribute
  const meaning = `${description.charAt(0).toUpperCase()}${description.slice(1)}. ${rules(attribute)}`.trim()
  const shown = standard === undefined || formatConfigValue(standard) === '' ? '' : quoted(standard)
  return `| \`${name}\` | ${type} | ${shown} | ${meaning} |`
}

/** One table for each group, under its heading. */
function rendered(schema: ConfigSchema): string {
  const entries = Object.entries(schema)
  const groups = [...new Set(entries.map(([, { group = '' }]) => group))]
  return groups
    .map((group) =>
      [
        ...(group === '' ? [] : [`### ${group.charAt(0).toUpperCase()}${group.slice(1)}`, '']),
        '| Attribute | Type | Default | Meaning |',
        '| --- | --- | --- | --- |',
        ...entries.filter(([, attribute]) => (attribute.group ?? '') === group).map(row),
      ].join('\n'),
    )
    .join('\n\n')
}

describe('docs/configuration.md', () => {
  it('has every attribute as the tables have it', async () => {
    const text = await readFile(FILE, 'utf8')
    const found = [...text.matchAll(/<!-- attributes: (\w+) -->/g)].map(([, table]) => table)
    expect(found).toEqual(Object.keys(TABLES))
    const current = text.replace(
      /(<!-- attributes: (\w+) -->\n).*?(<!-- end -->)/gs,
      (_, start: string, table: string, end: string) =>
        `${start}\n${rendered(TABLES[table] ?? {})}\n\n${end}`,
    )
    await expect(current).toMatchFileSnapshot(FILE)
  })

  it('says of each attribute what it means, in one line that a table can hold', () => {
    for (const [name, { description }] of Object.values(TABLES).flatMap(Object.entries<ConfigAttribute>)) {
      expect(description, name).toMatch(/^[^|\n]{10,}[^.]$/)
    }
  })
})
