import { EnvironsError } from '../environ/index.ts'

/** How much is told, and in which form. */
export interface OutputOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
}

/** Aligns the columns of a table. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const chain = (error: unknown): string[] => {
  const lines: string[] = []
  for (let e = error; e instanceof Error && lines.length < 16; e = e.cause) {
    lines.push(`${e.name}: ${e.message}`)
    if (e instanceof AggregateError) lines.push(...e.errors.flatMap(chain))
  }
  return lines
}

/** Results go to standard output, all else to standard error. */
export class Output {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean

  constructor({ json = false, quiet = false, verbose = false }: OutputOptions) {
    this.json = json
    this.quiet = quiet
    this.verbose = verbose
  }

  /** The result of a command: one JSON document, or text. */
  result(document: unknown, text: string): void {
    process.stdout.write(
      this.json ? `${JSON.stringify(document, undefined, 2)}\n` : text === '' ? '' : `${text}\n`,
    )
  }

  /** A line about what is going on. */
  say(line: string): void {
    if (this.quiet) return
    process.stderr.write(this.json ? `${JSON.stringify({ message: line })}\n` : `${line}\n`)
  }

  /** One line: what failed, and what to do. */
  error(error: unknown): void {
    const hint = error instanceof EnvironsError ? error.hint : undefined
    const message = (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ')
    if (this.json) {
      const document = error instanceof EnvironsError ? error.toJSON() : { message }
      process.stderr.write(`${JSON.stringify({ error: document })}\n`)
    } else {
      process.stderr.write(`ERROR ${message}${hint ? `; ${hint}` : ''}\n`)
    }
    if (!this.verbose) return
    for (const line of chain(error instanceof Error ? error.cause : undefined))
      process.stderr.write(`  caused by ${line}\n`)
  }
}
