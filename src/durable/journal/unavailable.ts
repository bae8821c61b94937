import { UnavailableError } from '../../environ/errors.ts'

/** What the system says in its own way. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left on its disk',
  EDQUOT: 'the quota of its disk is used up',
}

/** The error for what the system would not do with a file or a directory of the journal. */
export function unavailable(path: string, what: string, cause: unknown): UnavailableError {
  const { code = '', message } = cause as NodeJS.ErrnoException
  const reason = REASONS[code]
  return new UnavailableError(`${path} ${what}: ${reason ?? message}`, {
    cause,
    resource: path,
    hint: reason
      ? 'make room there and try again; what was kept of the jobs is as it was'
      : 'see that this directory and its files are yours and can be written',
  })
}

/** Whether the system says that there is no such file. */
export const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '')
