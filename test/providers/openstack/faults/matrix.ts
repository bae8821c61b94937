/**
 * One fault at every request of flows: of every kind that the network and the cloud have with `LONG=1`
 * (`npm run test:long`), otherwise of the few that find most.
 */

import { type Fault, FAULTS, type FaultFlow, formatFaultReports, injectFaults } from 'cloud-environs/testing'
import { afterAll, expect, it } from 'vitest'
import { closeClouds, PASSWORD } from './flows.ts'

/** Where Nova's refusals have a shape of their own, it is theirs. */
const ALL: Readonly<Record<string, Fault>> = {
  ...FAULTS,
  401: { status: 401, body: { error: { code: 401, title: 'Unauthorized', message: 'no' } } },
  403: { status: 403, body: { forbidden: { code: 403, message: 'no' } } },
  404: { status: 404, body: { itemNotFound: { code: 404, message: 'no' } } },
  409: { status: 409, body: { conflictingRequest: { code: 409, message: 'no' } } },
  413: { status: 413, headers: { 'retry-after': '1' }, body: { overLimit: { code: 413, message: 'no' } } },
  429: { status: 429, headers: { 'retry-after': '1' }, body: { overLimit: { code: 429, message: 'no' } } },
  500: { status: 500, body: { computeFault: { code: 500, message: 'no' } } },
}

const FEW = ['reset after', 'truncated', '401', '409', '503']

const kinds =
  process.env['LONG'] === '1'
    ? ALL
    : Object.fromEntries(Object.entries(ALL).filter(([kind]) => FEW.includes(kind)))

/** Defines a test that prints the figures of these flows. */
export function faultsAtEveryRequest(flows: readonly FaultFlow[]): void {
  afterAll(closeClouds)

  it('a fault at any request leaves nothing behind, no machine twice, no untyped error and no secret', async () => {
    const reports = []
    for (const flow of flows) reports.push(await injectFaults(flow, { kinds, secrets: [PASSWORD] }))
    const text = formatFaultReports(reports)
    process.stdout.write(`${text}\n`)
    expect(
      reports.flatMap(({ failures }) => failures),
      text,
    ).toEqual([])
    for (const { requests, cases } of reports) {
      expect(requests).toBeGreaterThan(5)
      // A poll more or less: clouds take their time.
      expect(cases).toBeGreaterThan(0.9 * requests * Object.keys(kinds).length)
    }
  }, 300_000)
}
