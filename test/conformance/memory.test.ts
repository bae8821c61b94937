import { CASES, conformance, formatConformanceReport } from 'cloud-environs/testing'
import { expect, it } from 'vitest'
import { memoryUnderTest } from './memory-under-test.ts'

const { report } = conformance(memoryUnderTest(), { test: it })

it('all cases are in the report', async () => {
  const text = formatConformanceReport(await report())
  process.stdout.write(`${text.split('\n').at(-1)}\n`)
  expect(text).toContain(' passed, 0 failed, ')
  const ids = CASES.map(({ id }) => id)
  expect((await report()).results.map(({ id }) => id)).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})
