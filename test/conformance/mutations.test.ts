/** The kit finds every defect that is planted in a provider which it finds sound. */

import { NotSupportedError } from 'cloud-environs'
import { formatConformanceReport, runConformance } from 'cloud-environs/testing'
import { expect, test } from 'vitest'
import { memoryUnderTest } from './memory-under-test.ts'
import { claims } from './mutations/claims.ts'
import { finding } from './mutations/finding.ts'
import { hosting } from './mutations/hosting.ts'
import { type Mutation, mutated } from './mutations/mutation.ts'
import { ports } from './mutations/ports.ts'
import { starting } from './mutations/starting.ts'
import { stopping } from './mutations/stopping.ts'
import { volumes } from './mutations/volumes.ts'

const mutations: readonly Mutation[] = [
  ...starting,
  ...finding,
  ...stopping,
  ...ports,
  ...volumes,
  ...hosting,
  ...claims,
]

test.each(mutations)('$foundBy finds a provider that $defect', async (mutation) => {
  const only = [mutation.foundBy]
  const subject = memoryUnderTest((plugin, cloud) => mutated(mutation, plugin, cloud))
  const report = await runConformance(subject, { only, settleTimeout: 0, timeout: 500 })
  expect(
    report.results.map(({ outcome }) => outcome),
    formatConformanceReport(report),
  ).toEqual(['failed'])
})

test('what a provider says that it lacks is not supported, and no failure', async () => {
  const lacking: Mutation = {
    defect: 'has no ports of the model, no tags and no zones',
    foundBy: 'none',
    environ: () => {
      const none = async () => {
        throw new NotSupportedError('not here')
      }
      const [openPorts, closePorts, ports] = [none, none, none]
      return {
        openPorts,
        closePorts,
        ports,
        tagInstance: undefined,
        availabilityZones: undefined,
        deriveAvailabilityZones: undefined,
      }
    },
  }
  const subject = memoryUnderTest((plugin, cloud) => mutated(lacking, plugin, cloud))
  const { results } = await runConformance(subject, { only: ['firewall', 'tags', 'zones', 'honesty'] })
  const of = (wanted: string) => results.flatMap(({ id, outcome }) => (outcome === wanted ? [id] : []))
  expect(of('failed')).toEqual([])
  expect(of('not supported')).toEqual(
    expect.arrayContaining(['firewall/global', 'firewall/instance-mode', 'tags/set', 'zones/placed']),
  )
})

test('there are enough of them, and they look at every group', () => {
  expect(mutations.length).toBeGreaterThanOrEqual(30)
  const groups = new Set(mutations.map(({ foundBy }) => foundBy.split('/')[0]))
  expect([...groups].toSorted((a = '', b = '') => a.localeCompare(b))).toEqual(
    ['bootstrap', 'cancellation', 'concurrency', 'config', 'constraints', 'credentials', 'destroy'].concat([
      'firewall',
      'honesty',
      'hosting',
      'lifecycle',
      'open',
      'ordering',
      'partial',
      'storage',
      'tags',
      'zones',
    ]),
  )
})
