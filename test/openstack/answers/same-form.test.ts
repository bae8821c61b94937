/** What the suites of operations met on the embedded cloud and on the real one, field by field. */

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readAnswers } from '../../providers/openstack/operations/answers.ts'
import { differingAnswers } from '../../providers/openstack/operations/differing-answers.ts'

test('the embedded cloud answers in the form of the real one', async () => {
  const kept = process.env['OPENSTACK_ANSWERS'] ?? ''
  const [embedded, real] = await Promise.all(
    ['embedded', 'real'].map((cloud) => readAnswers(join(kept, cloud))),
  )
  expect(Object.keys(real ?? {}).length).toBeGreaterThan(100)
  expect(differingAnswers(real ?? {}, embedded ?? {})).toEqual([])
})
