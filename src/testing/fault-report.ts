/** What injecting faults found. */

/** Something that is not as it has to be. */
export interface FaultFailure {
  /**
   * - `leak`: something is left after the clean-up
   * - `duplicate`: a machine has two instances
   * - `untyped`: an error that is none of the family
   * - `secret`: a secret in an error, a log line or other output
   * - `unhandled`: a promise that failed and that nobody waited for
   * - `hang`: no end in time
   * - `failed`: what no fault was near to failed: the flow without one, the clean-up after one
   */
  readonly kind: 'leak' | 'duplicate' | 'untyped' | 'secret' | 'unhandled' | 'hang' | 'failed'
  /** The kind of fault; absent: there was none. */
  readonly fault?: string
  /** The request that met it. */
  readonly request?: string
  /** The step. */
  readonly place: string
  readonly what: string
}

/** The figures of one flow. */
export interface FaultReport {
  readonly flow: string
  /** Of the flow when nothing fails. */
  readonly requests: number
  readonly kinds: number
  /** Runs in which a request met a fault. */
  readonly cases: number
  readonly failures: readonly FaultFailure[]
}

const COUNTED = [
  ['leaks', 'leak'],
  ['duplicates', 'duplicate'],
  ['untyped errors', 'untyped'],
  ['secrets seen', 'secret'],
  ['unhandled rejections', 'unhandled'],
  ['hangs', 'hang'],
  ['other failures', 'failed'],
] as const

/** A line of figures for each flow, one for all of them, and what was found. */
export function formatFaultReports(reports: readonly FaultReport[]): string {
  const figures = (name: string, { requests, kinds, cases, failures }: Omit<FaultReport, 'flow'>): string => {
    const counts = COUNTED.map(
      ([words, kind]) => `${failures.filter((failure) => failure.kind === kind).length} ${words}`,
    )
    return `${name}: ${requests} requests × ${kinds} kinds, ${cases} cases: ${counts.join(', ')}`
  }
  const sum = (part: (report: FaultReport) => number): number =>
    reports.reduce((total, report) => total + part(report), 0)
  const all = {
    requests: sum(({ requests }) => requests),
    kinds: Math.max(0, ...reports.map(({ kinds }) => kinds)),
    cases: sum(({ cases }) => cases),
    failures: reports.flatMap(({ failures }) => failures),
  }
  return [
    ...reports.map((report) => figures(report.flow, report)),
    figures(`${reports.length} flows`, all),
    ...all.failures.map(
      ({ kind, fault, request, place, what }) =>
        `${kind}: ${fault === undefined ? '' : `${fault} of ${request}, `}${place}: ${what}`,
    ),
  ].join('\n')
}
