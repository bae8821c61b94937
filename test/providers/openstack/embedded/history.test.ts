import { expect, it } from 'vitest'
import { startEmbeddedOpenStack } from '../../../../providers/openstack/embedded/index.ts'
import { at, built, createServer, login, NOVA, until } from './rest.ts'

it('has every server that there ever was, when it was built, and when it went', async () => {
  await using cloud = await startEmbeddedOpenStack({ buildMillis: 20, deleteMillis: 20 })
  const demo = await login(cloud)
  const first = await createServer(demo)
  expect(cloud.history()).toEqual([{ id: first, name: 'one', created: expect.any(Number) }])
  await built(demo, first)
  await demo.delete(`${NOVA}/servers/${first}`, at('2.90'))
  const [going] = cloud.history()
  expect(going).not.toHaveProperty('deleted')
  const [gone] = await until(
    async () => cloud.history(),
    ([server]) => server?.deleted !== undefined,
  )
  const { created = 0, built: done = 0, deleting = 0, deleted = 0 } = gone ?? {}
  expect([created, done, deleting, deleted].toSorted((a, b) => a - b)).toEqual([
    created,
    done,
    deleting,
    deleted,
  ])
  expect(deleted).toBeGreaterThan(deleting)
  cloud.failNextBuild('no')
  const failed = await createServer(demo)
  await built(demo, failed)
  expect(cloud.history()).toMatchObject([{ id: first }, { id: failed, built: expect.any(Number) }])
})
