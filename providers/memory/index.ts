/**
 * A cloud in memory: the smallest complete provider. Start reading here, then `provider.ts` (credentials, opening),
 * `environ.ts` (instances), `firewall.ts` (ports), `volumes.ts` (storage) and `cloud.ts` (what stands in for a cloud's API).
 * What the server service needs is in `servers.ts`, `images.ts`, `ownership.ts` and `operations.ts`.
 */

import { defineProvider, type ProviderPlugin } from 'cloud-environs/provider'
import { MemoryCloud } from './cloud.ts'
import { MemoryProvider } from './provider.ts'

export { MemoryCloud } from './cloud.ts'

/** The plug-in. Environs opened by it share `cloud`, which lives as long as the process. */
export const memory = (cloud: MemoryCloud = new MemoryCloud()): ProviderPlugin =>
  defineProvider({
    type: 'memory',
    create: ({ logger }) => new MemoryProvider(cloud, logger),
  })

/** What a program that loads plug-ins by package name uses. */
export default memory
