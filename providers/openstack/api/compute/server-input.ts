/** What Nova takes of free input, checked before anything is sent. */

import { NotValidError } from 'cloud-environs'

const USER_DATA_MAX = 65_535
const TEXT_MAX = 255
const TAG_MAX = 60
const TAGS_MAX = 50
const LABEL_MAX = 63
const HOSTNAME = /^[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9]$/
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]|^\p{Zs}|\p{Zs}$/u
/** Nova passes over other characters, and makes something else of the rest. */
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/

/** @throws NotValidError for keys or values over 255 characters, and keys with others than `A-Za-z0-9-_:. ` */
export function checkMetadata(metadata: Readonly<Record<string, string>> = {}): void {
  for (const [key, value] of Object.entries(metadata)) {
    checkMetadataKey(key)
    if (typeof value !== 'string' || characters(value) > TEXT_MAX) {
      throw new NotValidError(
        typeof value === 'string'
          ? `the value of metadata "${key}" has ${characters(value)} characters: at most ${TEXT_MAX} are possible`
          : `the value of metadata "${key}" is not a text`,
      )
    }
  }
}

/** @throws NotValidError */
export function checkMetadataKey(key: string): void {
  if (typeof key === 'string' && /^[A-Za-z0-9\-_:. ]{1,255}$/.test(key)) return
  throw new NotValidError(`${shown(key)} is not a metadata key`, {
    hint: 'use 1 to 255 letters, digits, spaces and any of - _ : .',
  })
}

/** The text itself stays out of the message: it may hold secrets. @throws NotValidError */
export function checkUserData(userData: string | null | undefined): void {
  if (userData === undefined || userData === null) return
  if (typeof userData !== 'string' || !BASE64.test(userData)) {
    throw new NotValidError('the user data is not base64', { hint: 'encode it first' })
  }
  if (userData.length <= USER_DATA_MAX) return
  throw new NotValidError(
    `the user data has ${userData.length} characters in base64: at most ${USER_DATA_MAX} are possible`,
    { hint: 'have the machine fetch the rest, or compress it' },
  )
}

/** @throws NotValidError for what is no label, or labels with dots between */
export function checkHostname(hostname: string | undefined): void {
  if (hostname === undefined) return
  const [, ...domain] = typeof hostname === 'string' ? hostname.split('.') : []
  const max = domain.length > 0 ? TEXT_MAX : LABEL_MAX
  if (typeof hostname === 'string' && HOSTNAME.test(hostname) && hostname.length <= max) return
  throw new NotValidError(`${shown(hostname)} is not a hostname`, {
    hint: 'use 2 to 63 letters, digits and - , with a letter or digit at either end; or 2 to 255 with a domain',
  })
}

/** A name of a server or an image. @throws NotValidError */
export function checkName(what: string, name: string): void {
  const length = typeof name === 'string' ? characters(name) : 0
  if (length >= 1 && length <= TEXT_MAX && !UNPRINTABLE.test(name)) return
  throw new NotValidError(`${shown(name)} is not a name for ${what}`, {
    hint: 'use 1 to 255 characters that can be printed, and no space at either end',
  })
}

/** @throws NotValidError */
export function checkText(what: string, text: string | null | undefined): void {
  if (text === undefined || text === null || characters(text) <= TEXT_MAX) return
  throw new NotValidError(`the ${what} has ${characters(text)} characters: at most ${TEXT_MAX} are possible`)
}

/** @throws NotValidError */
export function checkTags(tags: readonly string[] = []): void {
  for (const tag of tags) checkTag(tag)
  if (new Set(tags).size <= TAGS_MAX) return
  throw new NotValidError(`${new Set(tags).size} tags are too many: a server has at most ${TAGS_MAX}`)
}

/** @throws NotValidError */
export function checkTag(tag: string): void {
  if (typeof tag === 'string' && tag !== '' && characters(tag) <= TAG_MAX && !/[/,]/.test(tag)) return
  throw new NotValidError(`${shown(tag)} is not a tag`, {
    hint: `use 1 to ${TAG_MAX} characters without / and ,`,
  })
}

function characters(text: string): number {
  return Array.from(text).length
}

function shown(text: unknown): string {
  return typeof text === 'string' && text.length > 80
    ? `"${text.slice(0, 60)}…" (${text.length} characters)`
    : (JSON.stringify(text) ?? String(text))
}
