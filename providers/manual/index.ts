/** Machines that exist already, reached over SSH (Juju: the manual provider). */

import { defineProvider, type ProviderPlugin } from 'cloud-environs/provider'
import { PROVIDER_TYPE } from './config.ts'
import { ManualProvider } from './provider.ts'

/** The plug-in. */
export const manual = (): ProviderPlugin =>
  defineProvider({
    type: PROVIDER_TYPE,
    create: (services) => new ManualProvider(services),
  })

/** What a program that loads plug-ins by package name uses. */
export default manual
