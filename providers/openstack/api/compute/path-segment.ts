/** Ids and names as parts of a path. */

import { NotValidError } from 'cloud-environs'

/**
 * The text, encoded to stay one segment. @throws NotValidError when it cannot be one: empty, a dot or two (which would
 * lead to another path), or with characters that no id has
 */
export function segment(what: string, text: string): string {
  if (typeof text !== 'string' || text === '' || text === '.' || text === '..' || hasControl(text)) {
    throw new NotValidError(`${JSON.stringify(text) ?? String(text)} is not ${what}`, {
      hint: 'give it as the cloud shows it',
    })
  }
  return encodeURIComponent(text)
}

/** The path of a server. @throws NotValidError */
export function serverPath(id: string): string {
  return `/servers/${segment('the id of a server', id)}`
}

function hasControl(text: string): boolean {
  return /\p{Cc}|\p{Cs}/u.test(text)
}
