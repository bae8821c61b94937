/** Reads answers to their end, up to a size. */

import { UnavailableError } from 'cloud-environs'
import type { Dispatcher } from 'undici'

/** The answer's text. @throws UnavailableError when it is longer than `limit` bytes */
export async function readText({ body, headers }: Dispatcher.ResponseData, limit: number): Promise<string> {
  const announced = Number(headers['content-length'])
  // The parser holds the peer to the length it announced, so the fast way is safe.
  if (announced <= limit) return body.text()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit || announced > limit) throw new TooLargeError(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Repeating would bring the same again. */
export class TooLargeError extends UnavailableError {
  constructor(limit: number) {
    super(`the answer is larger than ${limit} bytes`)
  }
}

/** What a text is, when it is not the JSON that was expected. */
export function describeText(text: string, contentType: string | undefined): string {
  if (isHtml(text, contentType)) return 'HTML'
  return /^\s*[[{]/.test(text) ? 'JSON that is cut off or broken' : 'something other than JSON'
}

/** Whether it is a page for people: from a gateway, a dashboard, a proxy's login, ... */
export function isHtml(text: string, contentType: string | undefined): boolean {
  return contentType?.includes('html') === true || /^\s*<(!doctype|html|head|body)/i.test(text)
}
