import { defineConfig, mergeConfig } from 'vitest/config'
import base from '../../vitest.config.ts'

/** The suites that run on every OpenStack, and those that only a real one can answer. One file at a time: it is one cloud. */
export default mergeConfig(
  base,
  defineConfig({
    test: {
      include: ['test/providers/openstack/environ/**/*.test.ts', 'test/openstack/real/**/*.test.ts'],
      fileParallelism: false,
      testTimeout: 120_000,
      hookTimeout: 60_000,
    },
  }),
)
