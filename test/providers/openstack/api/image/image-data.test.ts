import { ConflictError, ForbiddenError, NotValidError, QuotaExceededError } from 'cloud-environs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CloudDouble, failure } from '../cloud-double.ts'

/** A Glance that keeps what is uploaded. */
interface Upload {
  readonly type: string | undefined
  readonly length: string | undefined
  readonly token: string | undefined
  readonly data: string
}

let cloud: CloudDouble
let glance: Server
let uploads: Upload[]
let answers: { status: number; message?: string }[]

beforeEach(async () => {
  cloud = await CloudDouble.start()
  uploads = []
  answers = []
  glance = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('error', () => undefined)
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { 'content-type': type, 'content-length': length } = request.headers
      const token = String(request.headers['x-auth-token'])
      uploads.push({ type, length, token, data: Buffer.concat(chunks).toString() })
      const { status, message } = answers.shift() ?? { status: 204 }
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(message && JSON.stringify({ message, code: `${status} x`, title: 'x' }))
    })
  })
  await new Promise<void>((resolve) => glance.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  glance.closeAllConnections()
  glance.close()
  await cloud[Symbol.asyncDispose]()
})

const images = () => {
  const image = `http://127.0.0.1:${(glance.address() as AddressInfo).port}/v2`
  return cloud.connect({ endpointOverrides: { image } }).image.images
}
async function* chunks(): AsyncGenerator<Uint8Array> {
  for (const text of ['one ', 'two ', 'three']) yield Buffer.from(text)
}

describe('the data of an image', () => {
  test('are bytes, or a stream that is never held as a whole', async () => {
    await images().upload('i', Buffer.from('bytes'))
    await images().upload('i', chunks)
    const type = 'application/octet-stream'
    expect(uploads).toMatchObject([
      { type, length: '5', data: 'bytes' },
      { type, length: undefined, data: 'one two three' },
    ])
  })

  test('are sent anew, from the start, when the token was refused', async () => {
    answers = [{ status: 401, message: 'no' }]
    let opened = 0
    await images().upload('i', () => {
      opened++
      return chunks()
    })
    expect(opened).toBe(2)
    expect(uploads.map(({ token, data }) => `${token} ${data}`)).toEqual([
      'token-1 one two three',
      'token-2 one two three',
    ])
  })

  test('are not sent twice when they may have arrived', async () => {
    answers = [{ status: 503 }]
    await failure(images().upload('i', chunks))
    expect(uploads).toHaveLength(1)
  })

  test('that cannot be read fail with the reason of the stream', async () => {
    let closed = false
    const reason = new Error('the disk is gone')
    async function* broken(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from('half')
        throw reason
      } finally {
        closed = true
      }
    }
    expect(await failure(images().upload('i', broken))).toBe(reason)
    expect(closed).toBe(true)
    expect(uploads).toEqual([])
  })

  test('stop when the caller does, and the stream is closed', async () => {
    const abort = new AbortController()
    let closed = false
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          yield Buffer.alloc(65_536)
          abort.abort(new Error('enough'))
        }
      } finally {
        closed = true
      }
    }
    expect(await failure(images().upload('i', endless, { signal: abort.signal }))).toMatchObject({
      message: 'enough',
    })
    await expect.poll(() => closed).toBe(true)
  })

  test.each([
    [409, 'Image status transition from active to saving is not allowed', ConflictError],
    [413, 'Denying attempt to upload image larger than 1 bytes.', QuotaExceededError],
    [403, 'Not allowed to upload image data for image i', ForbiddenError],
    [400, 'Properties disk_format must be set prior to saving data.', NotValidError],
  ])('refused with %i %s are a typed error', async (status, message, type) => {
    answers = [{ status, message }]
    expect(await failure(images().upload('i', chunks))).toBeInstanceOf(type)
  })
})
