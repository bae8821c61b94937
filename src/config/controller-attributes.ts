import type { ConfigAttribute } from '../environ/provider.ts'
import { DEFAULT_API_PORT } from './api-port.ts'
import { grouped } from './grouped.ts'

const port = { type: 'int', min: 1, max: 65_535 } as const

/** The attributes of controllers (Juju: `controller/config.go`), as far as they mean something here or to Juju's agents. */
export const CONTROLLER_ATTRIBUTES: Readonly<Record<string, ConfigAttribute>> = grouped({
  controller: {
    'controller-uuid': {
      type: 'string',
      format: 'uuid',
      required: true,
      immutable: true,
      description: 'UUID of the controller, which everything of its models is tagged with',
    },
    'controller-name': {
      type: 'string',
      format: 'name',
      required: true,
      immutable: true,
      description: 'name of the controller',
    },
    'ca-cert': {
      type: 'string',
      immutable: true,
      description: 'certificate, in PEM, of the authority that signs the certificates of the controller',
    },
    features: { type: 'list', description: 'features that are switched on' },
  },
  API: {
    'api-port': {
      ...port,
      default: DEFAULT_API_PORT,
      immutable: true,
      description: 'port of the API; 443 when `autocert-dns-name` is set and nothing else is said',
    },
    'controller-api-port': {
      ...port,
      description: 'port of the API for controllers among themselves; unset: `api-port`',
    },
    'api-port-open-delay': {
      type: 'duration',
      default: '2s',
      description: 'how long controllers are alone on their own port before others may connect',
    },
    'state-port': {
      ...port,
      default: 37_017,
      immutable: true,
      description: 'port of the database of Juju’s controllers',
    },
    'autocert-dns-name': {
      type: 'string',
      immutable: true,
      description: 'name of the API in the DNS, for which a certificate is asked of `autocert-url`',
    },
    'autocert-url': {
      type: 'string',
      format: 'url',
      immutable: true,
      description: 'ACME service that gives certificates; unset: Let’s Encrypt',
    },
    'public-dns-address': {
      type: 'string',
      description: '`host:port` that the API is reached by from outside',
    },
    'agent-ratelimit-max': {
      type: 'int',
      min: 0,
      default: 10,
      description: 'agents that may log in at once',
    },
    'agent-ratelimit-rate': {
      type: 'duration',
      min: '1ms',
      max: '1m',
      default: '250ms',
      description: 'how often another agent may log in',
    },
  },
  identity: {
    'identity-url': {
      type: 'string',
      format: 'url',
      immutable: true,
      description: 'identity service that users log in at; https, or `identity-public-key` is set',
    },
    'identity-public-key': {
      type: 'string',
      immutable: true,
      description: 'public key of the identity service',
    },
    'allow-model-access': {
      type: 'bool',
      default: false,
      description: 'whether users with access to a model only may log in',
    },
  },
  'audit log': {
    'auditing-enabled': { type: 'bool', default: true, description: 'whether what users do is logged' },
    'audit-log-capture-args': {
      type: 'bool',
      default: false,
      description: 'whether the arguments of calls are logged',
    },
    'audit-log-max-size': { type: 'size', default: '300M', description: 'size of a file of the log' },
    'audit-log-max-backups': {
      type: 'int',
      min: 0,
      default: 10,
      description: 'old files of the log that are kept; 0 for all',
    },
    'audit-log-exclude-methods': {
      type: 'list',
      default: ['ReadOnlyMethods'],
      description: 'calls that are not logged; `ReadOnlyMethods` for all that change nothing',
    },
  },
  limits: {
    'max-debug-log-duration': {
      type: 'duration',
      min: '1ms',
      default: '24h',
      description: 'how long a client may follow the log',
    },
    'max-agent-state-size': {
      type: 'int',
      min: 0,
      default: 524_288,
      description: 'bytes that an agent may store; 0 for any number',
    },
    'max-charm-state-size': {
      type: 'int',
      min: 0,
      default: 2_097_152,
      description: 'bytes that a charm may store; 0 for any number',
    },
    'agent-logfile-max-size': {
      type: 'size',
      default: '100M',
      description: 'size of a file of an agent’s log',
    },
    'agent-logfile-max-backups': {
      type: 'int',
      min: 0,
      default: 2,
      description: 'old files of an agent’s log that are kept',
    },
    'model-logfile-max-size': {
      type: 'size',
      default: '10M',
      description: 'size of a file of a model’s log',
    },
    'model-logfile-max-backups': {
      type: 'int',
      min: 0,
      default: 2,
      description: 'old files of a model’s log that are kept',
    },
    'migration-agent-wait-time': {
      type: 'duration',
      default: '15m',
      description: 'how long a migration waits for agents',
    },
  },
  spaces: {
    'juju-ha-space': {
      type: 'string',
      format: 'name',
      description: 'space that controllers reach each other in',
    },
    'juju-mgmt-space': {
      type: 'string',
      format: 'name',
      description: 'space that agents reach controllers in',
    },
  },
})
