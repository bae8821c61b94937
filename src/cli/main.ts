#!/usr/bin/env node
/** The command `environs`. Asking for its version loads nothing else. */

import { createRequire } from 'node:module'

const args = process.argv.slice(2)
const { version } = createRequire(import.meta.url)('cloud-environs/package.json') as { version: string }

if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${version}\n`)
} else {
  const { run } = await import('./run.ts')
  const code = await run(args, version)
  // Output that could not be written has set one already.
  if (code !== 0) process.exitCode = code
}
