import {
  type ConfigAttribute,
  type ModelConfig,
  NotValidError,
  applyAttributes,
} from 'cloud-environs/provider'

/** Names or ids of the networks that machines are on, separated by commas. */
export const NETWORK = 'network'
/** Name or id of the network that floating IPs come from. */
export const EXTERNAL_NETWORK = 'external-network'
/** Whether machines are in the project's group `default` too. */
export const USE_DEFAULT_SECGROUP = 'use-default-secgroup'
/** Which of the catalog's endpoints are used. */
export const ENDPOINT_INTERFACE = 'endpoint-interface'
/** URLs to use instead of the catalog's, by service type. */
export const ENDPOINT_OVERRIDES = 'endpoint-overrides'

/** The provider's own attributes of a model's configuration. */
export const ATTRIBUTES: Readonly<Record<string, ConfigAttribute>> = {
  [NETWORK]: {
    type: 'string',
    default: '',
    description:
      'names or ids of the networks that machines are on, separated by commas; empty: all internal ones',
  },
  [EXTERNAL_NETWORK]: {
    type: 'string',
    default: '',
    description: 'name or id of the network that floating IPs come from; empty: any that a router leads to',
  },
  [USE_DEFAULT_SECGROUP]: {
    type: 'bool',
    default: false,
    description: 'whether machines are in the security group "default" of the project too',
  },
  [ENDPOINT_INTERFACE]: {
    type: 'string',
    default: 'public',
    values: ['public', 'internal', 'admin'],
    description: 'which endpoints of the service catalog are used',
  },
  [ENDPOINT_OVERRIDES]: {
    type: 'map',
    default: {},
    description: 'URLs to use instead of those of the service catalog, by service type',
  },
}

const TYPES: Readonly<Record<ConfigAttribute['type'], (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  int: (value) => Number.isInteger(value),
  list: (value) => Array.isArray(value),
  map: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
}

function coerce(name: string, { type, values }: ConfigAttribute, value: unknown): unknown {
  const coerced = type === 'bool' && (value === 'true' || value === 'false') ? value === 'true' : value
  if (!TYPES[type](coerced))
    throw new NotValidError(`attribute "${name}" is not a ${type}`, { resource: `attribute ${name}` })
  if (values && !values.includes(coerced)) {
    throw new NotValidError(`attribute "${name}" cannot be "${String(coerced)}"`, {
      resource: `attribute ${name}`,
      hint: `choose one of: ${values.join(', ')}`,
    })
  }
  return coerced
}

/**
 * The configuration with the provider's attributes checked and completed.
 * @throws NotValidError naming the attribute
 */
export async function validateAttributes(config: ModelConfig): Promise<ModelConfig> {
  const own = Object.entries(ATTRIBUTES).map(([name, attribute]) => [
    name,
    coerce(name, attribute, config.attrs[name] ?? attribute.default),
  ])
  return await applyAttributes(config, Object.fromEntries(own) as Record<string, unknown>)
}
