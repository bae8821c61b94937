import {
  applyAttributes,
  type ConfigSchema,
  type Logger,
  type ModelConfig,
  NotSupportedError,
  removeAttributes,
  validateProviderAttributes,
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
export const ATTRIBUTES: ConfigSchema = {
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
    format: 'uuid',
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

/** Storage pool of block devices of new models: Cinder's. */
const BLOCK_SOURCE = { name: 'storage-default-block-source', pool: 'cinder' }

/** Attributes of old models that mean nothing any more, and what means the same. */
const DEPRECATED: Readonly<Record<string, string>> = {
  'default-image-id': 'use the constraint image-id',
  'default-instance-type': 'use the constraint instance-type',
  'use-floating-ip': 'use the constraint allocate-public-ip',
}

/** Without the deprecated attributes, which are warned about (Juju: `ModelConfigUpgrader`). */
export async function withoutDeprecated(config: ModelConfig, logger: Logger): Promise<ModelConfig> {
  const found = Object.keys(DEPRECATED).filter((name) => Object.hasOwn(config.attrs, name))
  for (const name of found) {
    logger.warn(`attribute "${name}" is deprecated and left out: ${DEPRECATED[name]}`, { model: config.name })
  }
  return found.length === 0 ? config : await removeAttributes(config, found)
}

/**
 * The configuration with the provider's attributes checked and completed, without those that are deprecated.
 * @throws NotValidError, NotSupportedError naming the attribute
 */
export async function validateAttributes(config: ModelConfig, logger: Logger): Promise<ModelConfig> {
  const current = await withoutDeprecated(config, logger)
  const validated = await validateProviderAttributes(current, ATTRIBUTES, logger)
  if (validated.attrs[USE_OPENSTACK_GBP] !== true) return validated
  throw new NotSupportedError('Group-Based Policy is not offered', {
    resource: `attribute ${USE_OPENSTACK_GBP}`,
    hint: `leave out "${USE_OPENSTACK_GBP}", and set "${NETWORK}"`,
  })
}

/** The configuration of a new model: its block devices come from Cinder when nothing else is said. */
export async function prepareAttributes(config: ModelConfig): Promise<ModelConfig> {
  const { name, pool } = BLOCK_SOURCE
  return config.attrs[name] === undefined ? await applyAttributes(config, { [name]: pool }) : config
}
