/** What the host gives to a provider, and may replace: nothing below is reached through a global. */

import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { CallOptions } from './options.ts'

/** Fields that go with a log line. Values of type `Secret` print as `***`. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where log lines go. `fields` may be a thunk, which is called only when the level is enabled. */
export interface Logger {
  debug(message: string, fields?: LogFields | (() => LogFields)): void
  info(message: string, fields?: LogFields | (() => LogFields)): void
  warn(message: string, fields?: LogFields | (() => LogFields)): void
  error(message: string, fields?: LogFields | (() => LogFields)): void
  /** A logger whose lines all carry these fields too. */
  child(fields: LogFields): Logger
}

/** Time, so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
}

/** Random numbers, so that tests can repeat a run. */
export interface RandomSource {
  /** A number in [0, 1), for jitter and choices among equals. */
  number(): number
  /** A version 4 UUID, from a source fit for secrets. */
  uuid(): string
  /** `bytes` random bytes in hex, from a source fit for secrets. */
  hex(bytes: number): string
}

/** Opens connections to machines: to SSH, and to a controller's API. A proxy or a test takes its place. */
export interface Dialer {
  /** @throws UnavailableError when nobody answers */
  dial(target: { readonly host: string; readonly port: number }, options?: CallOptions): Promise<Duplex>
}

/** The part of the process that detection reads: OpenStack's `OS_*` variables, `~/.config/openstack`, ... */
export interface HostEnvironment {
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Absolute path of the user's home directory. */
  readonly homeDir: string
  /** Absolute path of the working directory. */
  readonly workingDir: string
}

/** Handed to `create` of a provider plug-in. */
export interface ProviderServices {
  readonly logger: Logger
  readonly clock: Clock
  readonly random: RandomSource
  readonly host: HostEnvironment
  /** Reaches machines. */
  readonly dialer: Dialer
  /** Sends all HTTP requests when given (a proxy, a mock); otherwise the provider keeps its own connections. */
  readonly dispatcher?: Dispatcher | undefined
}
