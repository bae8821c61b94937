import { gunzipSync } from 'node:zlib'
import { NotValidError } from 'cloud-environs'
import { encodeUserData, multipartUserData } from 'cloud-environs/provider'
import { describe, expect, it } from 'vitest'
import { FULL, keepEncoded, rendered } from './documents.ts'

describe('encoded user data', () => {
  it('is plain while that is short enough', async () => {
    const text = await rendered(FULL)
    const plain = Buffer.from(text).toString('base64')
    expect(encodeUserData(text, plain.length)).toBe(plain)
  })

  it('is compressed when it is not, the same on every system', async () => {
    const text = await rendered(FULL)
    const plain = Buffer.from(text).toString('base64')
    const encoded = encodeUserData(text, plain.length - 1)
    const bytes = Buffer.from(encoded, 'base64')
    await keepEncoded(bytes, 'text/cloud-config', text)
    expect(encoded.length).toBeLessThan(plain.length)
    expect(gunzipSync(bytes).toString()).toBe(text)
    // No time and no system.
    expect([...bytes.subarray(4, 8), bytes[9]]).toEqual([0, 0, 0, 0, 255])
  })

  it('is refused when it is too long either way', () => {
    const noise = Array.from({ length: 9_000 }, (_, index) => Math.sin(index)).join(' ')
    expect(() => encodeUserData(noise, 65_535)).toThrow(NotValidError)
    expect(() => encodeUserData(noise, 65_535)).toThrow(
      /^user data is too large: \d+ characters, of at most 65535$/,
    )
  })
})

describe('user data of several parts', () => {
  const script = '#!/bin/sh\necho "ünïcode"\n--==\n'

  it('has each as it is, in their order', async () => {
    const text = await rendered(FULL)
    const document = multipartUserData([
      { type: 'text/cloud-config', text },
      { type: 'text/x-shellscript', text: script },
    ])
    await keepEncoded(document, 'text/cloud-config', text, 'text/x-shellscript', script)
    const [, boundary = ''] = /^Content-Type: multipart\/mixed; boundary="([^"]+)"\n/.exec(document) ?? []
    const [head, ...parts] = document.split(`--${boundary}`)
    expect(head).toMatch(/MIME-Version: 1.0\n\n$/)
    expect(parts.pop()).toBe('--\n')
    const read = parts.map((part) => {
      const [headers = '', body = ''] = part.split('\n\n')
      return [/Content-Type: ([^;]+)/.exec(headers)?.[1], Buffer.from(body, 'base64').toString()]
    })
    expect(read).toEqual([
      ['text/cloud-config', text],
      ['text/x-shellscript', script],
    ])
  })

  it('is the same each time', () => {
    const parts = [{ type: 'text/x-shellscript', text: script }] as const
    expect(multipartUserData(parts)).toBe(multipartUserData(parts))
  })
})
