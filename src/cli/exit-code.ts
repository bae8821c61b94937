import {
  type ErrorClass,
  type EnvironsError,
  findError,
  ForbiddenError,
  NotFoundError,
  NotValidError,
  QuotaExceededError,
  UnauthorizedError,
} from '../environ/index.ts'

/** What the command's exit codes mean; a promise to scripts. */
export const EXIT_CODES = {
  done: 0,
  failed: 1,
  invalid: 2,
  notFound: 3,
  refused: 4,
  quota: 5,
  interrupted: 130,
} as const

/** The first that fits: a quota is also "forbidden". */
const CODES: readonly (readonly [ErrorClass<EnvironsError>, number])[] = [
  [QuotaExceededError, EXIT_CODES.quota],
  [UnauthorizedError, EXIT_CODES.refused],
  [ForbiddenError, EXIT_CODES.refused],
  [NotValidError, EXIT_CODES.invalid],
  [NotFoundError, EXIT_CODES.notFound],
]

export const exitCode = (error: unknown): number =>
  CODES.find(([type]) => findError(error, type))?.[1] ?? EXIT_CODES.failed

/** The lines of `--help` about them. */
export const EXIT_CODE_HELP = `
Exit codes:
  0    done
  1    failed
  2    wrong usage or invalid input
  3    not found
  4    credential refused, or not allowed
  5    quota exceeded
  130  interrupted`
