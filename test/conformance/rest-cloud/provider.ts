/** The plug-in: credentials, configuration, and opening. */

import {
  type ConfigSchema,
  defineProvider,
  type EnvironProvider,
  finalizeCredential,
  NotFoundError,
  type ProviderSchema,
  type ProviderServices,
  Secret,
  validateConfigChange,
  validateProviderAttributes,
} from 'cloud-environs/provider'
import { restEnviron } from './provider-environ.ts'

const SCHEMAS = { token: [{ name: 'token', description: 'API token of the account', hidden: true }] }

/** The provider's own attributes of a model's configuration: none. */
const ATTRIBUTES: ConfigSchema = {}

function restProvider(services: ProviderServices): EnvironProvider & ProviderSchema {
  const provider: EnvironProvider & ProviderSchema = {
    schema: () => ATTRIBUTES,

    credentialSchemas: () => SCHEMAS,

    async detectCredentials() {
      const token = services.host.variables['REST_CLOUD_TOKEN']
      if (!token) throw new NotFoundError('no credential was found', { hint: 'set REST_CLOUD_TOKEN' })
      return { credentials: { default: { authType: 'token', attributes: { token: new Secret(token) } } } }
    },

    finalizeCredential: async (_context, { credential }) => await finalizeCredential(credential, SCHEMAS),

    async validate(config, old) {
      if (old) await validateConfigChange(config, old)
      return await validateProviderAttributes(config, ATTRIBUTES, services.logger)
    },

    prepareConfig: async ({ config }) => await provider.validate(config),

    open: async (params) => restEnviron(provider, services, params),
  }
  return provider
}

/** What the package exports. */
export const restCloud = defineProvider({ type: 'rest-cloud', create: restProvider })
