import { defineConfig } from 'vitest/config'
import base from '../vitest.base.ts'

/** The suites that run on every OpenStack, and those that only a real one can answer. One file at a time: it is one cloud. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: [
      'test/providers/openstack/{environ,operations}/**/*.test.ts',
      'test/openstack/{real,answers}/**/*.test.ts',
    ],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
