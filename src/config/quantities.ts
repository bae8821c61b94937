/** Durations and sizes, as attributes of a configuration are written. */

import { NotValidError } from '../environ/errors.ts'

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const MIB_PER_UNIT: Readonly<Record<string, number>> = { M: 1, G: 1024, T: 1024 ** 2, P: 1024 ** 3 }

/**
 * Milliseconds of `90s`, `5m` or `1h30m`.
 * @throws NotValidError for anything else
 */
export function parseDuration(text: string): number {
  if (!/^(?:0|(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h))+)$/.test(text)) {
    throw new NotValidError(`"${text}" is not a duration`, { hint: 'write it as 90s, 5m or 1h30m' })
  }
  const parts = [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)]
  return parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (MS_PER_UNIT[unit] ?? 0), 0)
}

/**
 * MiB of `512M`, `5G` or `5GiB`, rounded up; without a unit it is MiB.
 * @throws NotValidError for anything else
 */
export function parseSize(text: string): number {
  const [, number, unit = 'M'] = /^(\d{1,9}(?:\.\d{1,9})?)(?:([MGTP])(?:i?B)?)?$/.exec(text) ?? []
  if (number === undefined) {
    throw new NotValidError(`"${text}" is not a size`, { hint: 'write it as 512M or 5G' })
  }
  return Math.ceil(Number(number) * (MIB_PER_UNIT[unit] ?? 1))
}
