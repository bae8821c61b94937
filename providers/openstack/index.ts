/** OpenStack: the plug-in for the framework, and the typed clients for use on their own. */

import { defineProvider, type ProviderPlugin } from 'cloud-environs/provider'
import { PROVIDER_TYPE } from './clouds.ts'
import { embedded } from './embedded-cloud.ts'
import { OpenStackProvider } from './provider.ts'

export * from './api/index.ts'

/** The plug-in. */
export const openstack = (): ProviderPlugin =>
  defineProvider({
    type: PROVIDER_TYPE,
    create: (services) => new OpenStackProvider(services),
    embedded,
  })

/** What a program that loads plug-ins by package name uses. */
export default openstack
