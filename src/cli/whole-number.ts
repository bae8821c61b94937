import { NotValidError } from '../environ/index.ts'

/** What a whole number has to be. */
export interface WholeNumber {
  /** What it is of: `a number of machines`. */
  readonly what: string
  readonly least: number
  readonly most: number
}

/** A whole number as the user writes it. @throws NotValidError when it is none, or out of bounds */
export function wholeNumber(text: string, { what, least, most }: WholeNumber): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new NotValidError(`"${text}" is not ${what}`, { hint: `give a number from ${least} to ${most}` })
}
