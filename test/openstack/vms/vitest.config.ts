import { defineConfig } from 'vitest/config'
import base from '../../vitest.base.ts'

/** Virtual machines: each takes the better part of a minute to boot and a processor of its own, so one at a time. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/openstack/vms/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 1_200_000,
    hookTimeout: 300_000,
  },
})
