/** Letters that have to be inserted, taken out, replaced or swapped with their neighbour to make `b` of `a`. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let i = 1; i <= a.length; i++) {
    const [above = [], twoAbove = []] = [rows[i - 1], rows[i - 2]]
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let least = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) least = Math.min(least, (twoAbove[j - 2] ?? 0) + 1)
      row.push(least)
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 0
}

/** The name that was probably meant: one that differs in at most a third of its letters. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  // A misspelt name of that length is no name of ours, and comparing takes time of its square.
  if (name.length > 64) return undefined
  const wanted = name.toLowerCase().replaceAll('_', '-')
  const [best] = [...names]
    .map((known) => ({ known, off: distance(wanted, known.toLowerCase()) }))
    .filter(({ known, off }) => off <= Math.max(1, Math.floor(known.length / 3)))
    .sort((a, b) => a.off - b.off)
  return best?.known
}

/** `; did you mean "region"?`, or nothing. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const meant = nearest(name, names)
  return meant === undefined ? '' : `; did you mean "${meant}"?`
}
