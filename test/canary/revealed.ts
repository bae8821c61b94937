/** The secrets that were used so far in this process, and whether a text shows one. */

import { Secret } from '../../src/cloud/secret.ts'

/** Shorter ones are words, too. */
const MIN_LENGTH = 7

const revealed = new Set<string>()

/** From now on, whatever is taken out of a `Secret` is a canary. */
export function noteSecrets(): void {
  const reveal = Reflect.get(Secret.prototype, 'reveal') as (this: Secret) => string
  Secret.prototype.reveal = function (this: Secret) {
    const value = reveal.call(this)
    if (value.length >= MIN_LENGTH) revealed.add(value)
    return value
  }
}

/** A secret in the ways that it may be written: a key goes over several lines, in JSON and in URLs it looks otherwise. */
function formsOf(secret: string): readonly string[] {
  const lines = secret.split('\n').sort((a, b) => b.length - a.length)
  const [longest = secret] = lines
  return [longest, JSON.stringify(longest).slice(1, -1), encodeURIComponent(longest)]
}

/** Where the text shows secrets: what stands around them, without them. */
export function leaksIn(text: string, secrets: Iterable<string> = revealed): string[] {
  return [...secrets].flatMap((secret) => {
    const form = formsOf(secret).find((each) => text.includes(each))
    if (form === undefined) return []
    const at = text.indexOf(form)
    return [
      `${text.slice(Math.max(0, at - 80), at)}<LEAK>${text.slice(at + form.length, at + form.length + 40)}`,
    ]
  })
}
