/** The process-wide default, and the contract's functions that work on it. Nothing is made before it is asked for. */

import { apiInfo as apiInfoOf } from '../environ/api-info.ts'
import type {
  APIInfo,
  CallOptions,
  DataSource,
  Environ,
  EnvironProvider,
  ImageDataSourceFunc,
  OpenParams,
  ProviderRegistry,
} from '../environ/index.ts'
import { ImageDataSourceRegistry } from '../images/index.ts'
import type { Registries } from './container.ts'
import { composeEnvirons, type Environs } from './environs.ts'
import { systemClock } from './host/clock.ts'
import { Providers } from './provider-registry.ts'

let registries: Registries | undefined
let environs: Promise<Environs> | undefined

function defaultRegistries(): Registries {
  registries ??= { providers: new Providers(), imageDataSources: new ImageDataSourceRegistry() }
  return registries
}

/** The runtime that the global functions delegate to; it has the providers that were registered globally. */
export async function defaultEnvirons(): Promise<Environs> {
  environs ??= composeEnvirons({}, defaultRegistries())
  try {
    return await environs
  } catch (error) {
    environs = undefined
    throw error
  }
}

/** The registry of the process-wide default (Juju: `GlobalProviderRegistry`). */
export const globalProviderRegistry = (): ProviderRegistry => defaultRegistries().providers

/**
 * Registers a provider globally (Juju: `RegisterProvider`, which panics).
 * @returns a function that takes it back
 * @throws AlreadyExistsError when the name or an alias is taken; nothing was registered then
 */
export const registerProvider = (
  name: string,
  provider: EnvironProvider,
  ...aliases: readonly string[]
): (() => void) => globalProviderRegistry().registerProvider(provider, name, ...aliases)

/** Types of the providers that are registered globally, sorted (Juju: `RegisteredProviders`). */
export const registeredProviders = (): readonly string[] => globalProviderRegistry().registeredProviders()

/**
 * A globally registered provider by type or alias (Juju: `Provider`).
 * @throws NotFoundError listing what is registered
 */
export const provider = (type: string): EnvironProvider => globalProviderRegistry().provider(type)

/**
 * Opens an environ with a globally registered provider (Juju: `New`). Makes no request.
 * @throws NotFoundError when there is no provider of that type
 */
export async function newEnviron(params: OpenParams): Promise<Environ> {
  return await provider(params.cloud.type).open(params)
}

/**
 * Data sources for an environ, in the order they are asked in (Juju: `ImageMetadataSources`): the model's
 * `image-metadata-url`, those that are registered here, the one that the cloud names, Ubuntu's.
 */
export async function imageMetadataSources(
  environ: Environ,
  options?: CallOptions,
): Promise<readonly DataSource[]> {
  return await (await defaultEnvirons()).imageSources(environ, options)
}

/** At the end of the search path; a function of the same id is replaced where it stands. */
export const registerImageDataSourceFunc = (id: string, func: ImageDataSourceFunc): void =>
  defaultRegistries().imageDataSources.register(id, func)

/** At the start of the search path; a function of the same id is replaced where it stands. */
export const registerUserImageDataSourceFunc = (id: string, func: ImageDataSourceFunc): void =>
  defaultRegistries().imageDataSources.registerUser(id, func)

/** An id that is not registered is no error. */
export const unregisterImageDataSourceFunc = (id: string): void =>
  defaultRegistries().imageDataSources.unregister(id)

/**
 * Where a controller's API is (Juju: `APIInfo`). Waits up to 3 minutes for addresses.
 * @throws NoInstancesError when the controller has no instance, NotFoundError when none gets an address
 */
export const apiInfo = (
  controllerUuid: string,
  modelUuid: string,
  caCert: string,
  apiPort: number,
  environ: Environ,
  options?: CallOptions,
): Promise<APIInfo> =>
  apiInfoOf(controllerUuid, modelUuid, caCert, apiPort, environ, { ...options, clock: systemClock })
