import type { Environs } from 'cloud-environs'
import { afterAll, beforeAll, expect } from 'vitest'
import { temporaryEnvirons } from '../../../environ-contract.ts'
import { type CloudUnderTest, cloudUnderTest } from '../cloud-under-test.ts'

/** What the tests of one file share; it is there when the first of them begins. */
export interface EnvironSuite {
  readonly cloud: CloudUnderTest
  readonly environs: Environs
}

/** Sets up a cloud and a runtime for the file. Whatever its tests leave in the cloud fails it. */
export function environSuite(): EnvironSuite {
  let cloud: CloudUnderTest
  let environs: Environs
  let remove: () => Promise<void>
  beforeAll(async () => {
    cloud = await cloudUnderTest()
    ;({ environs, remove } = await temporaryEnvirons(cloud.plugin, cloud))
  }, 60_000)
  afterAll(async () => {
    const left = await cloud.leftovers()
    await cloud.dispose()
    await remove()
    expect(left).toEqual([])
  })
  return {
    get cloud() {
      return cloud
    },
    get environs() {
      return environs
    },
  }
}
