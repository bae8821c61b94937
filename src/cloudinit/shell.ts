import { NotValidError } from '../environ/errors.ts'

/** A word as any POSIX shell takes it, whatever is in it. @throws NotValidError for NUL, which no word can have */
export function shellWord(word: string): string {
  if (word.includes('\0')) {
    throw new NotValidError('a word for the shell has a NUL character', { hint: 'leave it out' })
  }
  return `'${word.replaceAll("'", `'\\''`)}'`
}
