import {
  type ConfigSchema,
  type Logger,
  type ModelConfig,
  NotSupportedError,
  NotValidError,
  validateProviderAttributes,
} from 'cloud-environs/provider'
import { distinct, type Host, parseHost } from './host.ts'
import { isHostKey } from './known-hosts.ts'

/** Type of clouds, and of models, that consist of machines that exist already. */
export const PROVIDER_TYPE = 'manual'

const HOSTS = 'hosts'
const HOST_KEYS = 'host-keys'

/** The provider's own attributes of a model's configuration. */
export const ATTRIBUTES: ConfigSchema = {
  [HOSTS]: {
    type: 'list',
    default: [],
    description: 'machines that may be taken, in this order, each HOST or USER@HOST',
  },
  [HOST_KEYS]: {
    type: 'map',
    default: {},
    description: 'SSH host keys by HOST, each TYPE BASE64; others are those of ~/.ssh/known_hosts',
  },
}

/** The machines that a model may take. */
export const hostsOf = ({ attrs }: ModelConfig): readonly Host[] =>
  distinct(((attrs[HOSTS] ?? []) as readonly string[]).map(parseHost))

/** The host key that the configuration has for a host. */
export function configuredHostKey({ attrs }: ModelConfig, { address }: Host): string | undefined {
  const keys = Object.entries((attrs[HOST_KEYS] ?? {}) as Readonly<Record<string, string>>)
  return keys.find(([host]) => parseHost(host).address === address)?.[1]
}

/** @throws NotValidError, NotSupportedError naming the attribute */
export async function validateAttributes(config: ModelConfig, logger: Logger): Promise<ModelConfig> {
  if (config.type !== PROVIDER_TYPE)
    throw new NotValidError(`model type "${config.type}" is not ${PROVIDER_TYPE}`)
  if (config.firewallMode === 'global') {
    throw new NotSupportedError('hosts keep their own firewalls: there is none of the whole model', {
      resource: 'attribute firewall-mode',
      hint: 'set firewall-mode to none',
    })
  }
  const validated = await validateProviderAttributes(config, ATTRIBUTES, logger)
  hostsOf(validated)
  for (const [host, key] of Object.entries(validated.attrs[HOST_KEYS] as object)) {
    parseHost(host)
    if (!isHostKey(key)) {
      throw new NotValidError(`the key that "${HOST_KEYS}" has for ${host} cannot be read`, {
        resource: `attribute ${HOST_KEYS}`,
        hint: 'write TYPE BASE64, as "ssh-keyscan" shows it behind the host',
      })
    }
  }
  return validated
}
