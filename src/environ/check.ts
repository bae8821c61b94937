import type { EnvironConfigGetter } from './config.ts'
import type { Environ } from './environ.ts'
import { EnvironsError, findError, NoInstancesError, PartialInstancesError } from './errors.ts'
import type { CallOptions } from './options.ts'
import type { NewEnvironFunc } from './provider.ts'

/**
 * Makes one simple call to the cloud to see whether it answers (Juju: `CheckProviderAPI`).
 * @throws EnvironsError with the real error as `cause`
 */
export async function checkProviderAPI(environ: Environ, options?: CallOptions): Promise<void> {
  try {
    await environ.allInstances(options)
  } catch (error) {
    options?.signal?.throwIfAborted()
    if (findError(error, NoInstancesError) ?? findError(error, PartialInstancesError)) return
    throw new EnvironsError(
      `cannot make an API call to the provider: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
        operation: 'checkProviderAPI',
      },
    )
  }
}

/** Opens the environ of a model whose configuration and cloud `getter` reads (Juju: `GetEnviron`). */
export async function getEnviron(
  getter: EnvironConfigGetter,
  newEnviron: NewEnvironFunc,
  options?: CallOptions,
): Promise<Environ> {
  const config = await getter.modelConfig(options)
  const cloud = await getter.cloudSpec(config.uuid, options)
  return await newEnviron({ cloud, config }, options)
}
