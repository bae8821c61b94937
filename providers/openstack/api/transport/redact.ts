/** Keeps secrets of a request out of what is said about it: services quote bad input back, whole passwords included. */

const SENSITIVE: ReadonlySet<string> = new Set([
  'adminPass',
  'admin_pass',
  'contents',
  'password',
  'passcode',
  'secret',
  'user_data',
])

/** The text with all secrets of the request body and the given ones replaced by `***`. */
export function redact(text: string, json: unknown, secrets: readonly string[]): string {
  const hidden = new Set(secrets)
  collect(json, hidden)
  let redacted = text
  const forms = [...hidden].flatMap(formsOf)
  // Longest first: one secret may be a part of another.
  for (const form of forms.sort((a, b) => b.length - a.length)) {
    redacted = redacted.replaceAll(form, '***')
  }
  return redacted
}

/** A secret as it is, in JSON that is quoted whole, either of them in a page, and in a URL. */
function formsOf(secret: string): readonly string[] {
  const texts = [secret, JSON.stringify(secret).slice(1, -1)]
  const inPage = texts.map((text) => text.replace(/[&<>"']/g, (sign) => HTML[sign] ?? sign))
  return [...texts, ...inPage, encodeURIComponent(secret)]
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** The URL without name and password, and without the secrets of its path. */
export function shownUrl(url: string, secrets: readonly string[] = []): string {
  return redact(url.replace(/\/\/[^/?#]*@/, '//***@'), undefined, secrets)
}

function collect(value: unknown, into: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, into)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'object') collect(tokenId(key, inner, into), into)
      else if (typeof inner === 'string' && inner !== '' && SENSITIVE.has(key)) into.add(inner)
    }
  }
}

/** `{ token: { id } }` is a secret under a harmless name. */
function tokenId(key: string, inner: object | null, into: Set<string>): object | null {
  if (key === 'token' && inner && 'id' in inner && typeof inner.id === 'string') into.add(inner.id)
  return inner
}
