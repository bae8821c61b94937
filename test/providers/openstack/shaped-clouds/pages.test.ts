/** A cloud that shows one thing at a time. */

import { expect, it } from 'vitest'
import { embeddedModel, left } from '../peer-faults/embedded-model.ts'

it('pages of one hide nothing: not from lists, nor from what is stopped and destroyed', async () => {
  const { cloud, environ, start, controllerUuid } = await embeddedModel({ pageLimit: 1 })
  const machines = await Promise.all([
    start(),
    start(),
    start({ constraints: { instanceType: 'm1.medium' } }),
  ])
  const ids = machines.map(({ instance }) => instance.id)
  expect((await environ.allInstances()).map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  expect((await environ.instances(ids)).map(({ id }) => id)).toEqual(ids)
  const validator = await environ.constraintsValidator()
  expect(validator.validate({ instanceType: 'm1.xlarge' })).toEqual([])

  const source = (await environ.storageProvider('cinder')).volumeSource()
  const resourceTags = { controllerUuid }
  const volumes = ['volume-0', 'volume-1'].map((tag) => ({ tag, size: 1, provider: 'cinder', resourceTags }))
  await source.createVolumes(volumes)
  expect(await source.listVolumes()).toHaveLength(2)

  await environ.stopInstances(ids.slice(0, 2))
  expect(await environ.allInstances()).toHaveLength(1)
  await environ.destroy()
  expect(left(cloud)).toEqual([])
})
