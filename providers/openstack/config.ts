import { newModelConfig } from 'cloud-environs'
import {
  applyAttributes,
  type ConfigAttribute,
  type Logger,
  type ModelConfig,
  NotSupportedError,
  NotValidError,
} from 'cloud-environs/provider'

/** Names or ids of the networks that machines are on, separated by commas. */
export const NETWORK = 'network'
/** Name or id of the network that floating IPs come from. */
export const EXTERNAL_NETWORK = 'external-network'
/** Whether machines are in the project's group `default` too. */
export const USE_DEFAULT_SECGROUP = 'use-default-secgroup'
/** Whether machines are in a target group of Group-Based Policy: not offered. */
const USE_OPENSTACK_GBP = 'use-openstack-gbp'
/** UUID of that target group. */
const POLICY_TARGET_GROUP = 'policy-target-group'
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
  [USE_OPENSTACK_GBP]: {
    type: 'bool',
    default: false,
    description: 'Group-Based Policy, which is not offered: known so that configurations of Juju can be read',
  },
  [POLICY_TARGET_GROUP]: {
    type: 'string',
    default: '',
    description: 'UUID of a target group of Group-Based Policy, which is not offered',
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

const UUID = /^[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i

/** Whether a text is an id, as OpenStack makes them, and not a name. */
export const isUuid = (text: string): boolean => UUID.test(text)

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

/** Attributes of old models that mean nothing any more, and what means the same. */
const DEPRECATED: Readonly<Record<string, string>> = {
  'default-image-id': 'use the constraint image-id',
  'default-instance-type': 'use the constraint instance-type',
}

/** Without the deprecated attributes, which are warned about. */
async function withoutDeprecated(config: ModelConfig, logger: Logger): Promise<ModelConfig> {
  const found = Object.keys(DEPRECATED).filter((name) => Object.hasOwn(config.attrs, name))
  if (found.length === 0) return config
  for (const name of found) {
    logger.warn(`attribute "${name}" is deprecated and left out: ${DEPRECATED[name]}`, { model: config.name })
  }
  return await newModelConfig(
    Object.fromEntries(Object.entries(config.attrs).filter(([name]) => !found.includes(name))),
  )
}

function checkGroupBasedPolicy(own: Readonly<Record<string, unknown>>): void {
  const group = own[POLICY_TARGET_GROUP]
  if (typeof group === 'string' && group !== '' && !isUuid(group)) {
    throw new NotValidError(`attribute "${POLICY_TARGET_GROUP}": "${group}" is not a UUID`, {
      resource: `attribute ${POLICY_TARGET_GROUP}`,
    })
  }
  if (own[USE_OPENSTACK_GBP] !== true) return
  throw new NotSupportedError('Group-Based Policy is not offered', {
    resource: `attribute ${USE_OPENSTACK_GBP}`,
    hint: `leave out "${USE_OPENSTACK_GBP}", and set "${NETWORK}"`,
  })
}

/**
 * The configuration with the provider's attributes checked and completed, without those that are deprecated.
 * @throws NotValidError, NotSupportedError naming the attribute
 */
export async function validateAttributes(config: ModelConfig, logger: Logger): Promise<ModelConfig> {
  const current = await withoutDeprecated(config, logger)
  const own: Record<string, unknown> = Object.fromEntries(
    Object.entries(ATTRIBUTES).map(([name, attribute]) => [
      name,
      coerce(name, attribute, current.attrs[name] ?? attribute.default),
    ]),
  )
  checkGroupBasedPolicy(own)
  return await applyAttributes(current, own)
}
