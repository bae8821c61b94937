import { NotValidError } from '../environ/errors.ts'
import type { Base } from '../environ/instance-config.ts'

const BASE = /^([a-z][a-z0-9-]*)@([0-9][0-9a-z.]*)$/

export const isBase = (text: string): boolean => BASE.test(text)

/**
 * Reads `ubuntu@24.04`.
 * @throws NotValidError for anything else
 */
export function parseBase(text: string): Base {
  const [, os, version] = BASE.exec(text) ?? []
  if (os === undefined || version === undefined) {
    throw new NotValidError(`"${text}" is not a base`, { hint: 'write OS@VERSION, for example ubuntu@24.04' })
  }
  return { os, version }
}

export const formatBase = (base: Base): string => `${base.os}@${base.version}`
