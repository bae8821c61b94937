import { NotValidError } from './errors.ts'
import type { CallOptions } from './options.ts'
import type { EnvironProvider } from './provider.ts'
import type { ProviderServices } from './services.ts'

/** A stand-in for a cloud, run by this process for trials and tests. Disposing it ends it. */
export interface EmbeddedCloud extends AsyncDisposable {
  /** One line: what runs, and where. */
  readonly description: string
  /** Environment variables that lead other programs to it. */
  readonly variables: Readonly<Record<string, string>>
  /** An HTTP proxy that leads to its machines, where nothing else does. */
  readonly proxy?: string
  /** The configuration file of the cloud's own tools, and the variable that names its path to them. */
  readonly configFile?: { readonly name: string; readonly text: string; readonly variable: string }
}

/** How an embedded cloud is started. */
export interface EmbeddedCloudOptions extends CallOptions {
  /** TCP port on 127.0.0.1. Default: any that is free. */
  readonly port?: number
}

/** A provider that can be plugged in. */
export interface ProviderPlugin {
  /** Name of the kind of cloud: `openstack`. */
  readonly type: string
  readonly aliases?: readonly string[]
  /** Makes the provider; called once for each runtime, and cheap. */
  create(services: ProviderServices): EnvironProvider
  /** Starts a stand-in for such a cloud, where there is one. */
  embedded?(options?: EmbeddedCloudOptions): Promise<EmbeddedCloud>
}

/**
 * Defines a provider plug-in: the default export of a provider's package.
 * @throws NotValidError for a type or alias that is not lower-case letters, digits and hyphens
 */
export function defineProvider(plugin: ProviderPlugin): ProviderPlugin {
  for (const name of [plugin.type, ...(plugin.aliases ?? [])]) {
    if (!/^[a-z][a-z0-9-]*$/.test(name)) {
      throw new NotValidError(`"${name}" is not a provider type`, {
        hint: 'use lower-case letters, digits and hyphens',
      })
    }
  }
  return plugin
}
