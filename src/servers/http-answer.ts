import {
  AlreadyExistsError,
  ConflictError,
  type EnvironsError,
  type ErrorClass,
  ForbiddenError,
  InvalidRequestError,
  NotFoundError,
  NotValidError,
} from '../environ/errors.ts'

/** How an error is told over HTTP. */
export interface HttpAnswer {
  readonly status: 400 | 403 | 404 | 409 | 422 | 500
  /** In OAuth2's manner: `not_found`. */
  readonly error: string
  readonly description: string
}

/** The first that fits the error itself, not its causes; a credential that the cloud refuses is the service's own affair. */
const ANSWERS: readonly (readonly [ErrorClass<EnvironsError>, HttpAnswer['status'], string])[] = [
  [NotFoundError, 404, 'not_found'],
  [InvalidRequestError, 400, 'invalid_request'],
  [ForbiddenError, 403, 'forbidden'],
  [AlreadyExistsError, 409, 'conflict'],
  [ConflictError, 409, 'conflict'],
  [NotValidError, 422, 'unprocessable_content'],
]

/** How a server of HTTP answers when a call of the service failed so. */
export function httpAnswer(error: unknown): HttpAnswer {
  const found = ANSWERS.find(([type]) => error instanceof (type as unknown as typeof EnvironsError))
  if (!found) return { status: 500, error: 'server_error', description: 'unhandled error' }
  return { status: found[1], error: found[2], description: (error as Error).message }
}
