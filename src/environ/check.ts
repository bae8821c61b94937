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

/** The error of a step, which tells what the step was. */
async function during<T>(step: string, work: Promise<T>, { signal }: CallOptions = {}): Promise<T> {
  try {
    return await work
  } catch (error) {
    signal?.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    const hint = error instanceof EnvironsError && error.hint ? { hint: error.hint } : {}
    throw new EnvironsError(`${step}: ${reason}`, { cause: error, operation: 'getEnviron', ...hint })
  }
}

/**
 * Opens the environ of a model whose configuration and cloud `getter` reads (Juju: `GetEnviron`).
 * @throws EnvironsError naming the step that failed, with its error as `cause`
 */
export async function getEnviron(
  getter: EnvironConfigGetter,
  newEnviron: NewEnvironFunc,
  options?: CallOptions,
): Promise<Environ> {
  const config = await during('cannot read the configuration', getter.modelConfig(options), options)
  const cloud = await during('cannot read the cloud', getter.cloudSpec(config.uuid, options), options)
  return await during('cannot open the environ', newEnviron({ cloud, config }, options), options)
}
