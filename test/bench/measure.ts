/** Measuring: everything is a ratio within one run, the two sides taking turns, so that a noisy machine matters little. */

import { spawnSync } from 'node:child_process'

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Milliseconds that it takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** Medians of both sides and of their ratio, over pairs of runs; the first pair warms up. */
export async function pairs(
  count: number,
  ours: () => Promise<number>,
  bare: () => Promise<number>,
): Promise<{ readonly ours: number; readonly bare: number; readonly ratio: number; readonly extra: number }> {
  const runs: (readonly [number, number])[] = []
  for (let run = 0; run <= count; run++) {
    const pair =
      run % 2 === 0 ? ([await ours(), await bare()] as const) : ([await bare(), await ours()] as const)
    if (run > 0) runs.push(run % 2 === 0 ? pair : [pair[1], pair[0]])
  }
  return {
    ours: median(runs.map(([a]) => a)),
    bare: median(runs.map(([, b]) => b)),
    ratio: median(runs.map(([a, b]) => a / b)),
    extra: median(runs.map(([a, b]) => a - b)),
  }
}

/** Milliseconds that a process lives. */
export async function processTime(...args: readonly string[]): Promise<number> {
  const began = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return performance.now() - began
}

/** One line of the report. */
export interface Figure {
  readonly subject: string
  readonly measured: string
  /** Absent: none was promised. */
  readonly goal?: string
  readonly met?: boolean
}

const verdict = (met: boolean | undefined): string => (met === undefined ? '' : met ? 'met' : 'MISSED')

/** The report as a table. */
export function report(figures: readonly Figure[]): string {
  const rows = [
    ['subject', 'measured', 'goal', ''],
    ...figures.map(({ subject, measured, goal = '', met }) => [subject, measured, goal, verdict(met)]),
  ]
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
