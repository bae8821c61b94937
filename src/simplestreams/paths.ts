import { NotValidError } from '../environ/errors.ts'

/** `..` and `.` as segments, also percent-encoded. */
const DOTS = /^(?:\.|%2e){1,2}$/i
const FORBIDDEN = /[\\?#\p{Cc}]|%(?:2f|5c|00)/iu

/**
 * The path, when it stays below where it is appended. A colon is no scheme here: `com.ubuntu.cloud:released.json`.
 * @throws NotValidError for `..`, absolute paths and addresses
 */
export function relativePath(path: string, document: string): string {
  const segments = path.split('/')
  const escapes = segments.some((segment) => segment === '' || DOTS.test(segment)) || FORBIDDEN.test(path)
  if (!escapes) return path
  throw new NotValidError(`${document} names the path ${JSON.stringify(path)}, which leaves its source`, {
    resource: document,
    hint: 'paths are relative to the source and have no ".." in them',
  })
}

/**
 * The address of a mirror, without a slash at its end.
 * @throws NotValidError unless it is http(s), without credentials, and no step down from https
 */
export function mirrorUrl(mirror: string, document: string): string {
  const url = URL.canParse(mirror) ? new URL(mirror) : undefined
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && !document.startsWith('https:'))
  if (url && secure && !url.username && !url.password && !url.search && !url.hash) {
    return url.href.replace(/\/+$/, '')
  }
  throw new NotValidError(`${document} names the mirror ${JSON.stringify(mirror)}, which cannot be used`, {
    resource: document,
    hint: 'a mirror is an http or https address; only https for a source on https',
  })
}
