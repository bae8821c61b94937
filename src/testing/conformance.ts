/** Runs the cases of the conformance kit. */

import { CASES } from './cases/index.ts'
import type { ConformanceCase, ProviderUnderTest } from './conformance-case.ts'
import type { ConformanceReport, ConformanceResult } from './conformance-report.ts'
import { NotHere } from './not-here.ts'
import { Trial } from './trial.ts'
import { within } from './within.ts'

/** How cases are run. */
export interface ConformanceOptions {
  /** Ids, or groups, of the cases to run. Default: all. */
  readonly only?: readonly string[]
  /** Ids of cases that ask for what the cloud is not, and why: they count as not supported. Default: none. */
  readonly except?: Readonly<Record<string, string>>
  /** Milliseconds that one case may take, and then its clean-up. Default 600,000. */
  readonly timeout?: number
  /** Milliseconds that the cloud has to remove what was asked to be. Default 10,000. */
  readonly settleTimeout?: number
}

/** What a test runner has: `test` of vitest, of `node:test`, of jest. */
export type TestFunction = (name: string, body: () => Promise<void>) => unknown

function chosen({ only }: ConformanceOptions): readonly ConformanceCase[] {
  if (!only) return CASES
  return CASES.filter(({ id }) => only.some((each) => id === each || id.startsWith(`${each}/`)))
}

async function runCase(
  subject: ProviderUnderTest,
  each: ConformanceCase,
  { settleTimeout = 10_000, timeout = 600_000, except = {} }: ConformanceOptions,
): Promise<ConformanceResult> {
  const { id, sentence, reason } = each
  const result = { id, sentence, reason }
  if (except[id] !== undefined) return { ...result, outcome: 'not supported', missing: except[id] }
  const trial = new Trial(subject, settleTimeout)
  const before = await trial.inventory()
  let failure: unknown
  let missing: string | undefined
  try {
    if ((await within(timeout, each.run(trial))) === 'too late')
      failure = new Error(`not over after ${timeout} ms`)
  } catch (error) {
    if (error instanceof NotHere) missing = error.message
    else failure = error
  }
  try {
    if ((await within(timeout, trial[Symbol.asyncDispose]())) === 'too late')
      failure ??= new Error('the clean-up is not over')
    const left = failure === undefined ? await trial.leftovers(before) : []
    if (left.length > 0) failure = new Error(`destroyed, and still there: ${left.join(', ')}`)
  } catch (error) {
    failure ??= error
  }
  if (failure !== undefined) return { ...result, outcome: 'failed', error: failure }
  return missing === undefined
    ? { ...result, outcome: 'passed' }
    : { ...result, outcome: 'not supported', missing }
}

/**
 * Runs the cases one after the other, without a test runner. Whatever they find is in the report: only a trial that cannot
 * even begin throws.
 */
export async function runConformance(
  subject: ProviderUnderTest,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const results: ConformanceResult[] = []
  for (const each of chosen(options)) results.push(await runCase(subject, each, options))
  return { provider: subject.plugin.type, results }
}

/**
 * Defines a test for each case. What the provider does not have passes; the report, complete when the tests are over,
 * tells it apart.
 */
export function conformance(
  subject: ProviderUnderTest | (() => Promise<ProviderUnderTest>),
  { test, ...options }: ConformanceOptions & { readonly test: TestFunction },
): { readonly report: () => Promise<ConformanceReport> } {
  const results: ConformanceResult[] = []
  const given = (): Promise<ProviderUnderTest> =>
    typeof subject === 'function' ? subject() : Promise.resolve(subject)
  for (const each of chosen(options)) {
    test(`${each.id}: ${each.sentence}`, async () => {
      const result = await runCase(await given(), each, options)
      results.push(result)
      if (result.outcome === 'failed') throw result.error
    })
  }
  return { report: async () => ({ provider: (await given()).plugin.type, results }) }
}
