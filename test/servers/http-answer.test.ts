import {
  AlreadyExistsError,
  ConflictError,
  EnvironsError,
  ForbiddenError,
  httpAnswer,
  InvalidRequestError,
  NotFoundError,
  NotValidError,
  UnauthorizedError,
} from 'cloud-environs'
import { expect, test } from 'vitest'

test.each([
  [new NotFoundError('x'), 404, 'not_found'],
  [new InvalidRequestError('x', { cause: new ConflictError('y') }), 400, 'invalid_request'],
  [new ForbiddenError('x'), 403, 'forbidden'],
  [new AlreadyExistsError('x'), 409, 'conflict'],
  [new ConflictError('x'), 409, 'conflict'],
  [new NotValidError('x'), 422, 'unprocessable_content'],
  [new EnvironsError('x', { cause: new NotFoundError('y') }), 500, 'server_error'],
  [new UnauthorizedError('x'), 500, 'server_error'],
  [new Error('x'), 500, 'server_error'],
])('%o is told as %i %s', (error, status, name) => {
  expect(httpAnswer(error)).toMatchObject({ status, error: name })
})
