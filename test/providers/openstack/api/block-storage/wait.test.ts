import { NotFoundError, TimeoutError } from 'cloud-environs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { VolumeStatusError } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
  cloud.services = { volumev3: '/volume/v3/project-id' }
})
afterEach(() => cloud[Symbol.asyncDispose]())

/** One status a look, the last one for good; a number is the status of an answer. */
function shows(...statuses: (string | number)[]) {
  cloud.handler = ({ path }, count) => {
    if (path !== '/volume/v3/project-id/volumes/v') return undefined
    const status = statuses[Math.min(count, statuses.length) - 1]
    if (typeof status === 'string') return { json: { volume: { id: 'v', size: 1, status } } }
    return { status: status ?? 500, json: { itemNotFound: { code: status, message: 'gone' } } }
  }
  return cloud.connect().blockStorage.volumes
}

test('a volume is waited for until it is available, with longer pauses each time', async () => {
  const seen: string[] = []
  const volumes = shows('creating', 'downloading', 'available')
  const volume = await volumes.waitForStatus('v', { onStatus: ({ status }) => seen.push(status) })
  expect(volume.status).toBe('available')
  expect(seen).toEqual(['creating', 'downloading', 'available'])
  expect(cloud.clock.slept).toEqual([0, 300, 450])
})

test.each(['error', 'error_extending', 'error_newer'])(
  'status %s ends the wait with a failure',
  async (status) => {
    const error = await failure(shows('creating', status).waitForStatus('v'))
    expect(error).toBeInstanceOf(VolumeStatusError)
    expect(error).toMatchObject({ volume: { id: 'v', status } })
  },
)

test('other statuses are accepted and rejected as asked', async () => {
  expect(await shows('error').waitForStatus('v', { accept: ['error'] })).toMatchObject({ status: 'error' })
  const rejected = shows('in-use').waitForStatus('v', { reject: ['in-use'] })
  expect(await failure(rejected)).toBeInstanceOf(VolumeStatusError)
})

test('a volume that is gone, or takes too long, is not available', async () => {
  expect(await failure(shows('creating', 404).waitForStatus('v'))).toBeInstanceOf(NotFoundError)
  const late = await failure(shows('creating').waitForStatus('v', { timeoutMs: 4000 }))
  expect(late).toBeInstanceOf(TimeoutError)
  expect(String(late)).toContain('it is creating')
})

test('a deletion is waited for until the volume cannot be found', async () => {
  await shows('in-use', 'deleting', 404).waitForDelete('v')
  expect(cloud.requests()).toHaveLength(3)
})

test.each([['error_deleting'], ['available']])('a deletion that ends in %s has failed', async (status) => {
  const error = await failure(shows('deleting', status).waitForDelete('v'))
  expect(error).toBeInstanceOf(VolumeStatusError)
  expect(error).toMatchObject({ volume: { status } })
})
