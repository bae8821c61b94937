import { inspect } from 'node:util'
import { UnavailableError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RequestEvent, ResponseEvent } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
let sent: RequestEvent[]
let answered: ResponseEvent[]
beforeEach(async () => {
  cloud = await CloudDouble.start()
  sent = []
  answered = []
})
afterEach(() => cloud[Symbol.asyncDispose]())

const hooks = {
  onRequest: (event: RequestEvent) => void sent.push(event),
  onResponse: (event: ResponseEvent) => void answered.push(event),
}

describe('request hooks', () => {
  test('are told of every try and what became of it, and never of a secret', async () => {
    cloud.handler = ({ path }, count) =>
      path.endsWith('/flavors/detail')
        ? count < 3
          ? { status: 503, json: {} }
          : { headers: { 'x-openstack-request-id': 'req-7' }, json: { flavors: [] } }
        : undefined
    await cloud.connect({ hooks }).compute.flavors.all({ minRam: 512 })
    expect(sent.map(({ service, operation, attempt }) => `${service} ${operation} ${attempt}`)).toEqual([
      'identity authenticate 1',
      'compute list 1',
      'compute list 2',
      'compute list 3',
    ])
    expect(answered.map(({ status }) => status)).toEqual([201, 503, 503, 200])
    expect(answered[1]?.error).toBeInstanceOf(UnavailableError)
    expect(answered[3]).toMatchObject({
      method: 'GET',
      url: `${cloud.origin}/compute/v2.1/flavors/detail?minRam=512`,
      requestId: 'req-7',
      durationMs: expect.any(Number),
    })
    expect(inspect([sent, answered], { depth: 9 })).not.toMatch(/hunter2|token-1/)
  })

  test('that throw change nothing', async () => {
    const throwing = () => {
      throw new Error('a defect')
    }
    const connection = cloud.connect({ hooks: { onRequest: throwing, onResponse: throwing } })
    expect((await connection.identity.authenticate()).user.name).toBe('demo')
  })

  test('are told when the caller gives up', async () => {
    cloud.handler = () => 'silence'
    const reason = new Error('enough')
    const abort = new AbortController()
    const hanging = cloud.connect({
      hooks: { ...hooks, onRequest: () => setImmediate(() => abort.abort(reason)) },
    })
    expect(await failure(hanging.identity.authenticate({ signal: abort.signal }))).toBe(reason)
    await expect.poll(() => answered.length).toBe(1)
    expect(answered[0]?.error).toBeInstanceOf(Error)
  })
})
