/** Consoles of servers: what was printed, and where to look at the screen. */

import { NotValidError } from 'cloud-environs'
import { z } from 'zod'
import { compareMicroversions, type Microversion } from '../service/microversion.ts'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { fieldOf, readOne } from '../service/read.ts'
import type { ComputeClient } from './compute-client.ts'
import { isSegment } from './path-segment.ts'
import type { Operations } from './server-operation.ts'
import type { VersionRanges } from './version-range.ts'

/** What clouds can show a screen with; each has some of them. */
export type ConsoleType =
  | 'novnc'
  | 'xvpvnc'
  | 'spice-html5'
  | 'spice-direct'
  | 'rdp-html5'
  | 'serial'
  | 'webmks'

/** Where to look at the screen. Whoever has the URL is let in: treat it as a secret. */
export interface RemoteConsole {
  readonly protocol: string
  readonly type: string
  readonly url: string
}

/** The console behind a token. */
export interface ConsoleTarget {
  readonly serverId: string
  readonly host?: string | undefined
  readonly port: number
  /** From microversion 2.99. */
  readonly tlsPort?: number | undefined
  /** For consoles that are reached by a path. */
  readonly internalAccessPath?: string | undefined
}

/** How much of a console to get. */
export interface ConsoleOutputOptions extends CallOptions {
  /** The last of them, default all that the cloud keeps. */
  readonly lines?: number | undefined
}

/** Calls about consoles. */
export interface ServerConsoles {
  /** What the server printed on its console, the last `lines` of it. @throws ConflictError while it is not yet there */
  getConsoleOutput(id: string, options?: ConsoleOutputOptions): Promise<string>
  /** `webmks` needs microversion 2.8 and `spice-direct` 2.99. @throws NotValidError for a type the cloud has not */
  getConsoleUrl(id: string, type: ConsoleType, options?: CallOptions): Promise<RemoteConsole>
}

interface Console {
  readonly protocol: string
  /** The action of below 2.6, for the consoles which are that old. */
  readonly action?: string
  /** Of the resource that came instead. */
  readonly from: Microversion
}

const CONSOLES: Readonly<Record<ConsoleType, Console>> = {
  novnc: { protocol: 'vnc', action: 'os-getVNCConsole', from: '2.6' },
  xvpvnc: { protocol: 'vnc', action: 'os-getVNCConsole', from: '2.6' },
  'spice-html5': { protocol: 'spice', action: 'os-getSPICEConsole', from: '2.6' },
  'spice-direct': { protocol: 'spice', from: '2.99' },
  'rdp-html5': { protocol: 'rdp', action: 'os-getRDPConsole', from: '2.6' },
  serial: { protocol: 'serial', action: 'os-getSerialConsole', from: '2.6' },
  webmks: { protocol: 'mks', from: '2.8' },
}

const consoleSchema = lazy(() =>
  z.object({ protocol: z.string().optional(), type: z.string(), url: z.string() }),
)
const outputSchema = lazy(() => z.string())

const targetSchema = lazy(() =>
  z
    .object({
      instance_uuid: z.string(),
      host: z.string().nullish(),
      port: z.number(),
      tls_port: z.number().nullish(),
      internal_access_path: z.string().nullish(),
    })
    .transform(
      (wire): ConsoleTarget => ({
        serverId: wire.instance_uuid,
        host: wire.host ?? undefined,
        port: wire.port,
        tlsPort: wire.tls_port ?? undefined,
        internalAccessPath: wire.internal_access_path ?? undefined,
      }),
    ),
)

const isOld = (microversion: Microversion) => compareMicroversions(microversion, '2.6') < 0

/** See {@link ServerConsoles}. */
export const serverConsoles: Operations<ServerConsoles> = {
  getConsoleOutput: {
    operation: 'get console output of',
    repeatable: true,
    body: ([{ lines }]) => ({ 'os-getConsoleOutput': lines === undefined ? {} : { length: lines } }),
    read: ({ json }, { resource }) =>
      readOne(json, 'output', outputSchema(), `console output of ${resource}`),
  },
  getConsoleUrl: {
    inputs: 1,
    operation: 'get a console of',
    repeatable: true,
    check: ([type]) => {
      if (Object.hasOwn(CONSOLES, type)) return
      throw new NotValidError(`"${String(type)}" is not a type of console`, {
        hint: `use one of ${Object.keys(CONSOLES).join(', ')}`,
      })
    },
    versions: ([type]): VersionRanges => {
      const { from, action } = CONSOLES[type]
      return action === undefined ? [{ from }] : [{ from }, { to: '2.5' }]
    },
    path: (_, microversion) => (isOld(microversion) ? '/action' : '/remote-consoles'),
    body: ([type], microversion) => {
      const { protocol, action = '' } = CONSOLES[type]
      return isOld(microversion) ? { [action]: { type } } : { remote_console: { protocol, type } }
    },
    read: ({ json }, { args: [type], resource }) => {
      const key = fieldOf(json, 'remote_console') === undefined ? 'console' : 'remote_console'
      const wire = readOne(json, key, consoleSchema(), `console of ${resource}`)
      return { protocol: wire.protocol ?? CONSOLES[type].protocol, type: wire.type, url: wire.url }
    },
  },
}

/** See `validateConsoleToken` of the servers. */
export async function consoleTarget(
  client: ComputeClient,
  token: string,
  options: CallOptions,
): Promise<ConsoleTarget> {
  const resource = 'the token of a console'
  // What is wrong with it stays unsaid: it may be a good one with a typing error.
  if (!isSegment(token)) throw new NotValidError(`that is not ${resource}`)
  const path = `/os-console-auth-tokens/${encodeURIComponent(token)}`
  const ranges = [{ from: '2.99' }, { from: '2.31' }] as const
  const microversion = await client.microversionFor(ranges, `validate ${resource}`, options)
  const { json } = await client.request({
    method: 'GET',
    path,
    microversion,
    // In logs it would let in whoever reads them.
    secrets: [token],
    operation: 'validate',
    resource,
    ...options,
  })
  return readOne(json, 'console', targetSchema(), resource)
}
