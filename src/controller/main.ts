#!/usr/bin/env node
/**
 * The reference controller agent: `main.js --config /var/lib/juju/agents/machine-0/agent.conf`. It runs until it is
 * told to end (SIGTERM). `ENVIRONS_AGENT_LISTEN=HOST:PORT` has it listen there.
 */

import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import { loadPlugins } from '../runtime/plugins.ts'
import { runAgent } from './agent.ts'

const { version } = createRequire(import.meta.url)('cloud-environs/package.json') as { version: string }
const { values } = parseArgs({ options: { config: { type: 'string' } } })
const at = /^\[?(.+?)\]?:(\d+)$/.exec(process.env['ENVIRONS_AGENT_LISTEN'] ?? '')

try {
  const plugins = await loadPlugins(process.env)
  const agent = await runAgent({
    configFile: values.config ?? 'agent.conf',
    plugins: plugins.map(({ plugin }) => plugin),
    version,
    ...(at ? { listen: { host: at[1] ?? '', port: Number(at[2]) } } : {}),
  })
  const { address, port } = agent.address
  process.stdout.write(`listening on port ${agent.apiPort} at ${address}:${port}\n`)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void agent[Symbol.asyncDispose]())
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
