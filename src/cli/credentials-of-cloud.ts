import type { Cloud, CloudCredential } from '../cloud/index.ts'
import { findError, NotFoundError } from '../environ/index.ts'
import type { Context } from './context.ts'

/** Credentials of a cloud, by where they are from. */
interface CredentialsOfCloud {
  /** Those that the user added. */
  readonly added: CloudCredential
  /** Those that the provider finds; of a type that there is no provider for, none. */
  readonly found: CloudCredential
}

/** @throws NotValidError when what is kept of them cannot be read */
export async function credentialsOfCloud(
  context: Context,
  { name, type }: Cloud,
): Promise<CredentialsOfCloud> {
  const { providers, credentialStore } = await context.environs()
  const { signal } = context
  const find = async (): Promise<CloudCredential> => {
    try {
      return await providers.provider(type).detectCredentials(name, { signal })
    } catch (error) {
      if (findError(error, NotFoundError)) return { credentials: {} }
      throw error
    }
  }
  const [added, found] = await Promise.all([credentialStore.get(name, { signal }), find()])
  return { added, found }
}
