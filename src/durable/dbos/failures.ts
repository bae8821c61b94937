import {
  EnvironsError,
  ForbiddenError,
  NotFoundError,
  UnauthorizedError,
  UnavailableError,
  UntrustedError,
} from '../../environ/errors.ts'

/** Where a database is; nothing of it is secret. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly database: string
}

/** What the network, and the driver when it lost the network, says. */
const UNREACHABLE =
  /^(ECONN|EHOST|ENET|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|ENOENT|EACCES)|connection (terminated|error|timeout|ended)|timeout exceeded when|timeout expired|(query|statement) read timeout|client was closed|not queryable/i
/** Classes of SQLSTATE: connections, resources, intervention by an operator, failures of the system. */
const OUTAGES = /^(08|53|57|58)/
/** Canceled by somebody on purpose. */
const CANCELED = '57014'
/** Of two that were at the same thing, one is to try again. */
const COLLISIONS: readonly string[] = ['40001', '40P01']

const NO_ROOM = '53100'
const NO_CONNECTION = '53300'

/** What Node says of a certificate, and the driver of a server without one. */
const UNTRUSTED = /CERT|SIGNED|LEAF_SIGNATURE|does not support SSL/
const NO_PASSWORD = /password must be a/

interface Wrapping {
  readonly code?: unknown
  readonly errors?: readonly unknown[]
  /** Of the engine's errors. */
  readonly error?: unknown
}

const codeOf = (error: unknown): string => {
  const { code, errors = [], error: wrapped } = (error ?? {}) as Wrapping
  if (typeof code === 'string') return code
  const inner = wrapped ?? errors[0]
  return inner === undefined ? '' : codeOf(inner)
}

const isSqlState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]+$/.test(code)

/** Whether the database was not there, or had no room: what has come to pass cannot be told, and later may go well. */
export function isOutage(error: unknown): boolean {
  const code = codeOf(error)
  if (isSqlState(code)) return OUTAGES.test(code) && code !== CANCELED
  return UNREACHABLE.test(code) || UNREACHABLE.test(error instanceof Error ? error.message : '')
}

/** Whether the same is to be tried again at once. */
export const isCollision = (error: unknown): boolean => COLLISIONS.includes(codeOf(error))

export const resourceOf = ({ host, port, database }: Place): string =>
  `database "${database}" at ${host}:${port}`

/** What the driver threw, in the contract's words. Its own texts name the user, so the first are without cause. */
export function failure(error: unknown, place: Place): unknown {
  if (error instanceof EnvironsError) return error
  const { host, port, database } = place
  const resource = resourceOf(place)
  const code = codeOf(error)
  if (code === '28P01' || code === '28000') {
    return new UnauthorizedError(`PostgreSQL at ${host}:${port} refuses the user of the database URL`, {
      resource,
      hint: 'correct the user name and the password in the URL of the database',
    })
  }
  const said = error instanceof Error ? error.message : ''
  if (NO_PASSWORD.test(said)) {
    return new UnauthorizedError(`PostgreSQL at ${host}:${port} asks for a password`, {
      resource,
      hint: 'set PGPASSWORD, or write it into the URL of the database in ENVIRONS_DATABASE',
    })
  }
  if (UNTRUSTED.test(code) || UNTRUSTED.test(said)) {
    return new UntrustedError(`PostgreSQL at ${host}:${port} does not prove who it is: ${said}`, {
      cause: error,
      resource,
      hint: 'name the authority of its certificate with sslrootcert in the URL of the database',
    })
  }
  if (code === NO_CONNECTION) {
    return new UnavailableError(`${resource} has no connection left`, {
      cause: error,
      resource,
      hint: 'raise max_connections of PostgreSQL: a worker has up to 23',
    })
  }
  if (code === '3D000') {
    return new NotFoundError(`there is no database "${database}" at ${host}:${port}`, {
      resource,
      hint: `make it: createdb -h ${host} -p ${port} ${database}`,
    })
  }
  if (code === '42501') {
    return new ForbiddenError(`${resource} does not allow its user to do that`, {
      cause: error,
      resource,
      hint: `make the user of the URL the owner of the database`,
    })
  }
  if (code === NO_ROOM) {
    return new UnavailableError(`${resource} has no room left on its disk`, {
      cause: error,
      resource,
      hint: 'make room there; what is kept is as it was',
    })
  }
  if (isOutage(error)) {
    const why = code || (error as Error).message
    return new UnavailableError(`${resource} cannot be reached (${why})`, {
      cause: error,
      resource,
      hint: 'see that the server is running and that this host and port are right',
    })
  }
  return error
}
