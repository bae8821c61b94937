/** Every call on a server sends exactly what its row says, and reads the answer. */

import { Secret } from 'cloud-environs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OpenStackConnection } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, type Reply } from '../cloud-double.ts'
import { rows } from './server-calls.ts'

let cloud: CloudDouble
let connections: Record<string, OpenStackConnection>
beforeAll(async () => {
  cloud = await CloudDouble.start()
  connections = {}
})
beforeEach(() => {
  cloud.received.length = 0
})
afterAll(() => cloud[Symbol.asyncDispose]())

describe.each(Object.entries(rows))('%s', (_, variants) => {
  test.each(
    variants.map(([call, expected]) => [expected.sends.slice(0, 3).join(' '), call, expected] as const),
  )(
    'sends %s',
    async (_title, call, { sends, query = '', newest = '2.96', reply = { status: 202 }, result }) => {
      const [method, path, microversion, body] = sends
      const root = '/compute/v2.1/'
      cloud.handler = (request) => {
        if (request.path === root) return { json: { version: { version: newest, min_version: '2.1' } } }
        return request.path.startsWith(root) ? reply : undefined
      }
      // One connection for each age of cloud: a connection asks for the versions once.
      const { compute } = (connections[newest] ??= cloud.connect())
      const answer = await call(compute.servers)
      const sent = cloud.requests().filter((request) => request.path.startsWith(`${root}servers`))
      expect(sent).toHaveLength(1)
      expect([sent[0]?.method, sent[0]?.path]).toEqual([method, `${root}servers/s${path}`])
      expect(decodeURIComponent(sent[0]?.query ?? '')).toBe(query)
      expect(sent[0]?.headers['openstack-api-version']).toBe(`compute ${microversion}`)
      expect(sent[0]?.headers['x-openstack-nova-api-version']).toBe(microversion)
      expect(sent[0]?.body).toEqual(body)
      // Answers with a body that a row does not look at are looked at by another row.
      if (result !== undefined || !hasBody(reply)) expect(revealed(answer)).toEqual(revealed(result))
    },
  )
})

const hasBody = (reply: Reply) => typeof reply === 'object' && reply.json !== undefined

/** Secrets compare by their text. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() }
  if (typeof value !== 'object' || value === null || !('adminPassword' in value)) return value
  return { ...value, adminPassword: revealed(value.adminPassword) }
}
