import { EnvironsError } from '../environ/index.ts'

/** How much is told, and in which form. */
export interface OutputOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
}

/** One line without control characters: what a cloud says must not steer the terminal. */
export const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').trim()

/** Aligns the columns of a table. */
export function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(oneLine))
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  return cells
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
    lines.push(oneLine(`${e.name}: ${e.message}`))
    if (e instanceof AggregateError) lines.push(...e.errors.flatMap(chain))
  }
  return lines
}

/** Results go to standard output, all else to standard error. */
export class Output {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  #teller: ((line: string) => void) | undefined

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

  /** A line about what is going on; with `--json`, an object with `document`'s members instead. */
  say(line: string, document: object = { message: line }): void {
    if (this.quiet) return
    if (this.json) process.stderr.write(`${JSON.stringify(document)}\n`)
    else if (this.#teller) this.#teller(oneLine(line))
    else process.stderr.write(`${oneLine(line)}\n`)
  }

  /** Gives the lines to `teller`, which draws on the terminal; `undefined` ends it. */
  tellThrough(teller: ((line: string) => void) | undefined): void {
    this.#teller = teller
  }

  /** One line: what failed, and what to do. With `--verbose` what caused it, too. */
  error(error: unknown): void {
    const causes = this.verbose ? chain(error instanceof Error ? error.cause : undefined) : []
    const hint = error instanceof EnvironsError ? error.hint : undefined
    const message = oneLine(error instanceof Error ? error.message : String(error))
    if (this.json) {
      const document = error instanceof EnvironsError ? error.toJSON() : { message }
      const more = causes.length > 0 ? { causes } : {}
      process.stderr.write(`${JSON.stringify({ error: { ...document, ...more } })}\n`)
      return
    }
    const lines = [
      `ERROR ${message}${hint ? `; ${oneLine(hint)}` : ''}`,
      ...causes.map((cause) => `  caused by ${cause}`),
    ]
    process.stderr.write(`${lines.join('\n')}\n`)
  }
}
