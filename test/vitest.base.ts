/** What all suites have in common. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'

const root = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const { exports: entries } = JSON.parse(readFileSync(root('package.json'), 'utf8')) as {
  exports: Record<string, { default: string } | string>
}

/** Each public entry of the package, answered from its source instead of `dist`. */
const alias = Object.entries(entries).flatMap(([entry, target]) =>
  typeof target === 'string'
    ? []
    : [
        {
          find: new RegExp(`^cloud-environs${entry.slice(1)}$`),
          replacement: root(target.default.replace('./dist/', './').replace(/\.js$/, '.ts')),
        },
      ],
)

export default {
  resolve: { alias },
  test: {
    // What any of them prints is searched for the secrets that were used in it.
    setupFiles: ['test/canary/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    restoreMocks: true,
    unstubEnvs: true,
  },
} satisfies ViteUserConfig
