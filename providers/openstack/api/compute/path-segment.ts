/** Ids and names as parts of a path. */

import { NotValidError } from 'cloud-environs'

/**
 * The text, encoded to stay one segment. @throws NotValidError when it cannot be one: empty, a dot or two (which would
 * lead to another path), with a slash (which services decode before they look at the path), or with control characters
 */
export function segment(what: string, text: string): string {
  if (!isSegment(text)) {
    throw new NotValidError(`${JSON.stringify(text) ?? String(text)} is not ${what}`, {
      hint: 'give it as the cloud shows it',
    })
  }
  return encodeURIComponent(text)
}

/** Whether it can be one. */
export function isSegment(text: unknown): text is string {
  return typeof text === 'string' && !/^\.{0,2}$|[/\p{Cc}\p{Cs}]/u.test(text)
}

/** The path of a server. @throws NotValidError */
export function serverPath(id: string): string {
  return `/servers/${segment('the id of a server', id)}`
}
