import { findError, ForbiddenError, NotFoundError, UnauthorizedError } from '../environ/errors.ts'

/** Whether a document is not there. Object stores answer 401 or 403 for what does not exist, too. */
export const isAbsent = (error: unknown): boolean =>
  [NotFoundError, UnauthorizedError, ForbiddenError].some((type) => findError(error, type))
