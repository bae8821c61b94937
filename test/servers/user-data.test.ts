import { gzipSync } from 'node:zlib'
import { NotValidError } from 'cloud-environs'
import { check, constantFrom, property, string } from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { checkUserData, composeUserData } from '../../src/servers/user-data.ts'
import { publicKey } from './server-rules.ts'

const KEY = publicKey()

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? '').toString()

interface Part {
  readonly type: string
  readonly text: string
}

/** The parts of a MIME document that has no other in it. */
function partsOf(document: string): readonly Part[] {
  const end = document.indexOf('\n\n')
  const head = document.slice(0, end)
  expect(head).toMatch(/^mime-version: 1\.0$/im)
  const boundary = /boundary="?([^"\n;]+)"?/i.exec(head)?.[1] ?? ''
  const [, ...parts] = `\n${document.slice(end + 2)}`.split(`\n--${boundary}`)
  expect(parts.pop()?.trim()).toBe('--')
  return parts.map((part) => {
    const bodyAt = part.indexOf('\n\n')
    const body = part.slice(bodyAt + 2)
    const isBase64 = /^content-transfer-encoding: base64$/im.test(part.slice(0, bodyAt))
    return {
      type: /content-type: ([^;\n]+)/i.exec(part)?.[1] ?? '',
      text: isBase64 ? Buffer.from(body, 'base64').toString() : body,
    }
  })
}

interface Managed {
  readonly write_files: readonly { readonly path: string; readonly content: string }[]
  readonly runcmd: readonly (readonly string[])[]
}

/** What the managed part says. */
function managed(part: string | undefined): Managed {
  expect(part).toMatch(/^#cloud-config\n/)
  return JSON.parse(part?.replace(/^#cloud-config\n/, '') ?? '') as Managed
}

const FORMATS = [
  ['## template: jinja\n#cloud-config\n{}\n', 'text/jinja2'],
  ['#cloud-config\n{}\n', 'text/cloud-config'],
  ['#cloud-config-archive\n- {}\n', 'text/cloud-config-archive'],
  ['#!/bin/sh\ntrue\n', 'text/x-shellscript'],
  ['#cloud-boothook\ntrue\n', 'text/cloud-boothook'],
  ['#include\nhttps://example.net/a\n', 'text/x-include-url'],
  ['#include-once\nhttps://example.net/a\n', 'text/x-include-once-url'],
  ['#part-handler\npass\n', 'text/part-handler'],
] as const

describe('user data with an authority', () => {
  it('is the managed part alone when there is none', () => {
    for (const nothing of [undefined, '', new Uint8Array()]) {
      const { write_files: files, runcmd } = managed(text(composeUserData(nothing, KEY)))
      expect(files).toMatchObject([
        { path: '/etc/ssh/trusted_user_ca_keys', content: `${KEY}\n` },
        { path: '/etc/ssh/sshd_config.d/90-trusted-user-ca.conf' },
      ])
      expect(files[1]?.content).toBe(`TrustedUserCAKeys ${files[0]?.path}\n`)
      expect(runcmd.flat().join(' ')).toContain('reload')
    }
  })

  test.each(FORMATS)('%j is wrapped as %s, and the managed part comes last', (userData, type) => {
    const parts = partsOf(text(composeUserData(userData, KEY)))
    expect(parts.map((part) => part.type)).toEqual([type, 'text/cloud-config'])
    expect(parts[0]?.text).toBe(userData)
    expect(managed(parts[1]?.text).write_files[0]?.content).toBe(`${KEY}\n`)
  })

  test.each([
    ['with its end', 'Content-Type: multipart/mixed; boundary="b"\nMIME-Version: 1.0\n', '--b--\n'],
    ['without its end', 'content-type: multipart/mixed; boundary=b\nmime-version: 1.0\n', ''],
    ['with folded fields', 'Content-Type: multipart/mixed;\n boundary="b"\nMIME-Version: 1.0\n', '--b--\n'],
    ['that forgets its version', 'Content-Type: multipart/mixed; boundary=b\n', '--b--'],
  ])('multipart %s gets the managed part as its last', (_, head, end) => {
    const part = '--b\nContent-Type: text/x-shellscript\n\n#!/bin/sh\ntrue\n'
    for (const newline of ['\n', '\r\n']) {
      const given = `${head}\n${part}${end}`.replaceAll('\n', newline)
      const parts = partsOf(text(composeUserData(given, KEY)))
      expect(parts.map(({ type }) => type)).toEqual(['text/x-shellscript', 'text/cloud-config'])
      expect(parts[0]?.text.trimEnd()).toBe('#!/bin/sh\ntrue')
      expect(managed(parts[1]?.text).write_files).toHaveLength(2)
    }
  })

  test.each([
    ['gzip', gzipSync('#cloud-config\n{}\n')],
    ['what cloud-init does not read', 'hello'],
    ['what is no text', Uint8Array.of(0x23, 0x21, 0xff, 0xfe)],
    ['multipart without a boundary', 'Content-Type: multipart/mixed\n\nhello'],
  ])('%s is refused', (_, userData) => {
    expect(() => composeUserData(userData, KEY)).toThrow(NotValidError)
    expect(() => checkUserData(userData, true)).toThrow(NotValidError)
  })

  it('keeps every text as it is, behind every beginning', () => {
    const beginning = constantFrom(
      ...FORMATS.map(([example, type]) => [example.split('\n')[0], type] as const),
    )
    const { failed, counterexample } = check(
      property(beginning, string({ unit: 'binary' }), ([first, type], rest) => {
        const given = `${first}\n${rest}`
        const parts = partsOf(text(composeUserData(given, KEY)))
        return (
          parts.length === 2 &&
          parts[0]?.type === type &&
          parts[0].text === Buffer.from(given).toString() &&
          managed(parts[1]?.text).write_files.length === 2
        )
      }),
    )
    expect(failed, JSON.stringify(counterexample)).toBe(false)
  })

  it('is either refused or has the managed part, whatever it is', () => {
    const { failed, counterexample } = check(
      property(string({ unit: 'binary' }), (given) => {
        try {
          return text(composeUserData(given, KEY)).includes('text/cloud-config') || given === ''
        } catch (error) {
          return error instanceof NotValidError
        }
      }),
    )
    expect(failed, JSON.stringify(counterexample)).toBe(false)
  })
})

describe('user data without an authority', () => {
  it('goes to the server as it is, gzip too', () => {
    const compressed = gzipSync('#cloud-config\n{}\n')
    expect(composeUserData(compressed)).toEqual(compressed)
    for (const [userData] of FORMATS) expect(text(composeUserData(userData))).toBe(userData)
    expect(composeUserData('')).toBeUndefined()
    expect(composeUserData(undefined)).toBeUndefined()
  })

  it('is refused when cloud-init would not read it', () => {
    expect(() => composeUserData('hello')).toThrow(NotValidError)
  })
})
