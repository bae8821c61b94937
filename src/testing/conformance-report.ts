/** What a provider was found to do. */

/** What became of one case. */
export type ConformanceResult = {
  readonly id: string
  readonly sentence: string
  readonly reason: string
} & (
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'failed'; readonly error: unknown }
  /** The provider does not have what the case is about, and does not say that it has. */
  | { readonly outcome: 'not supported'; readonly missing: string }
)

/** The results, in the order of the cases. */
export interface ConformanceReport {
  /** Type of the provider. */
  readonly provider: string
  readonly results: readonly ConformanceResult[]
}

const SIGNS = { passed: '✓', failed: '✗', 'not supported': '-' } as const

/** A line for each case, with the error and the reason where it failed, and one of figures. */
export function formatConformanceReport({ provider, results }: ConformanceReport): string {
  const count = (outcome: keyof typeof SIGNS): number =>
    results.filter((result) => result.outcome === outcome).length
  const lines = results.flatMap((result) => {
    const { id, sentence, reason, outcome } = result
    const line = `${SIGNS[outcome]} ${id}: ${sentence}`
    if (result.outcome === 'not supported') return [`${line} (${result.missing})`]
    if (result.outcome === 'passed') return [line]
    const { error } = result
    return [line, `    ${error instanceof Error ? error.message : String(error)}`, `    because: ${reason}`]
  })
  const figures = (['passed', 'failed', 'not supported'] as const).map((each) => `${count(each)} ${each}`)
  return [...lines, `${provider}: ${figures.join(', ')}`].join('\n')
}
