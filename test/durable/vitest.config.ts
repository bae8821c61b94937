import { defineConfig } from 'vitest/config'
import base from '../vitest.base.ts'

/** PostgreSQL servers of their own, one suite at a time: what is measured is not to wait for another suite. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/durable/**/*.test.ts'],
    fileParallelism: false,
    // Of those that wait more than they do.
    maxConcurrency: 3,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
