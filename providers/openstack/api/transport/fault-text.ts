/** What a service says about a failure, out of the many shapes that failures have. */

import { isHtml } from './body.ts'

/** A failure in the service's own words. */
export interface FaultText {
  /** Neutron's `type`, Nova's key, or a title; absent when the body has none. */
  readonly name?: string | undefined
  /** One line; empty when the body says nothing. */
  readonly message: string
  readonly isHtml: boolean
  /** The service does not know the path: too old for it, or without the extension. */
  readonly isRouteMissing: boolean
}

/** Longer texts are cut: some services append whole documents. */
const MAX_LENGTH = 500

/** Reads the body of a failure; `clean` takes out of it what must not be shown. Never throws. */
export function faultText(
  text: string,
  contentType: string | undefined,
  clean: (message: string) => string,
): FaultText {
  // Cleaned before anything is stripped or cut, so that no half of a secret is left.
  const show = (message: string) => oneLine(stripTags(clean(message)))
  if (isHtml(text, contentType)) return { message: show(text), isHtml: true, isRouteMissing: false }
  const body = parseObject(text)
  if (!body) return { message: show(text), isHtml: false, isRouteMissing: false }
  return {
    name: nameOf(body),
    message: show(findMessage(body)?.message ?? ''),
    isHtml: false,
    isRouteMissing: body['code'] === '404 Not Found',
  }
}

type Body = Readonly<Record<string, unknown>>

function parseObject(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isBody(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `{ message }`, `{ faultstring }` or `{ NeutronError: 'text' }`, at any depth. */
function findMessage(body: Body, depth = 0): { readonly message: string } | undefined {
  for (const key of ['message', 'faultstring', 'NeutronError', 'error']) {
    const value = body[key]
    if (typeof value === 'string' && value !== '') return { message: value }
  }
  if (depth > 4) return undefined
  for (const value of Object.values(body)) {
    const found = isBody(value) ? findMessage(value, depth + 1) : undefined
    if (found) return found
  }
  return undefined
}

function nameOf(body: Body): string | undefined {
  const neutron = body['NeutronError']
  if (isBody(neutron)) return textOf(neutron['type'])
  const keystone = body['error']
  if (isBody(keystone)) return textOf(keystone['title'])
  const [key, value] = Object.entries(body)[0] ?? []
  return isBody(value) ? key : textOf(body['title'])
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function stripTags(text: string): string {
  return text.replace(/<(style|script)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, '\n')
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line
}
