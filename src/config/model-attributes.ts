import type { ConfigAttribute } from '../environ/provider.ts'
import { grouped } from './grouped.ts'
import { PROXY_GROUPS } from './proxy-attributes.ts'

/** Operating system and version of new machines when nothing else is said. */
const DEFAULT_BASE = 'ubuntu@24.04'

/** The attributes that every model has (Juju: `environs/config`); a provider adds its own. */
export const MODEL_ATTRIBUTES: Readonly<Record<string, ConfigAttribute>> = grouped({
  model: {
    name: {
      type: 'string',
      format: 'name',
      required: true,
      immutable: true,
      description: 'name of the model',
    },
    type: {
      type: 'string',
      required: true,
      immutable: true,
      description: 'type of the provider: `openstack`',
    },
    uuid: {
      type: 'string',
      format: 'uuid',
      required: true,
      immutable: true,
      description: 'UUID of the model, which everything made for it is tagged with',
    },
    mode: {
      type: 'list',
      values: ['requires-prompts'],
      default: ['requires-prompts'],
      description: 'how clients behave: `requires-prompts` asks before anything is removed',
    },
    'resource-tags': {
      type: 'map',
      format: 'resource-tags',
      default: {},
      description: 'tags of the user that are put on everything that is made; none may start with `juju-`',
    },
    development: { type: 'bool', default: false, description: 'whether the model is for development' },
    'test-mode': { type: 'bool', default: false, description: 'whether the model is for testing only' },
    'logging-config': {
      type: 'string',
      format: 'logging',
      description: 'levels of the agents’ loggers: `<root>=INFO;unit=DEBUG`',
    },
    'transmit-vendor-metrics': {
      type: 'bool',
      default: true,
      description: 'whether metrics of charms are sent to their vendors',
    },
  },
  machines: {
    'default-base': {
      type: 'string',
      format: 'base',
      default: DEFAULT_BASE,
      description: 'operating system and version of new machines',
    },
    'authorized-keys': { type: 'string', default: '', description: 'public SSH keys, one a line' },
    'enable-os-refresh-update': {
      type: 'bool',
      default: true,
      description: 'whether a new machine updates its list of packages',
    },
    'enable-os-upgrade': {
      type: 'bool',
      default: true,
      description: 'whether a new machine upgrades its packages',
    },
    'cloudinit-userdata': {
      type: 'string',
      format: 'cloudinit',
      description:
        'cloud-config for new machines: a YAML map without `users`, `runcmd` and `bootcmd`; `preruncmd` and `postruncmd` are commands',
    },
    'provisioner-harvest-mode': {
      type: 'string',
      values: ['destroyed', 'unknown', 'all', 'none'],
      default: 'destroyed',
      description:
        'which instances are removed: of machines that were destroyed, those that no machine owns, both, none',
    },
    'num-provision-workers': {
      type: 'int',
      min: 1,
      max: 100,
      default: 16,
      description: 'machines that are started at once',
    },
    'num-container-provision-workers': {
      type: 'int',
      min: 1,
      max: 25,
      default: 4,
      description: 'containers that are started at once on a machine',
    },
    'proxy-ssh': {
      type: 'bool',
      default: false,
      description: 'whether SSH goes to machines through the controller',
    },
  },
  'images and agents': {
    'image-stream': { type: 'string', default: 'released', description: 'stream of images: `daily`' },
    'image-metadata-url': {
      type: 'string',
      format: 'source',
      description: 'where image metadata is looked for first: a URL or a directory',
    },
    'image-metadata-defaults-disabled': {
      type: 'bool',
      default: false,
      description: 'whether the official source of image metadata is left out',
    },
    'agent-version': {
      type: 'string',
      format: 'version',
      keptOnceSet: true,
      description: 'version of the agents that machines run',
    },
    'agent-stream': {
      type: 'string',
      default: 'released',
      description: 'stream of agents: `proposed`, `devel`, `testing`',
    },
    'agent-metadata-url': {
      type: 'string',
      format: 'source',
      description: 'where agents are looked for first: a URL or a directory',
    },
    'agent-metadata-defaults-disabled': {
      type: 'bool',
      default: false,
      description: 'whether the official source of agents is left out',
    },
  },
  network: {
    'firewall-mode': {
      type: 'string',
      values: ['instance', 'global', 'none'],
      default: 'instance',
      immutable: true,
      description: 'who opens ports: each machine, the model, or nobody',
    },
    'ssh-allow': {
      type: 'list',
      format: 'cidr',
      default: ['0.0.0.0/0', '::/0'],
      description: 'CIDRs that may reach machines by SSH',
    },
    'saas-ingress-allow': {
      type: 'list',
      format: 'cidr',
      default: ['0.0.0.0/0', '::/0'],
      description: 'CIDRs that may reach what the model offers to other models',
    },
    'egress-subnets': {
      type: 'list',
      format: 'cidr',
      description: 'CIDRs that the model’s traffic comes from; unset: the machines’ own addresses',
    },
    'ssl-hostname-verification': {
      type: 'bool',
      default: true,
      description: 'whether certificates of the cloud’s endpoints are verified',
    },
    'default-space': {
      type: 'string',
      format: 'name',
      default: '',
      description: 'space that machines are in when nothing else is said; empty for any',
    },
    'disable-network-management': {
      type: 'bool',
      default: false,
      description: 'whether agents leave the network of machines alone',
    },
    'ignore-machine-addresses': {
      type: 'bool',
      default: false,
      description: 'whether addresses are asked of the cloud only, never of the machines',
    },
    'net-bond-reconfigure-delay': {
      type: 'int',
      min: 0,
      default: 17,
      description: 'seconds between taking a bonded interface down and up again for a bridge',
    },
  },
  ...PROXY_GROUPS,
  containers: {
    'container-networking-method': {
      type: 'string',
      values: ['', 'local', 'provider', 'fan'],
      default: '',
      description: 'where containers get their addresses from; empty: the provider decides',
    },
    'fan-config': {
      type: 'map',
      format: 'fan',
      description: 'underlay and overlay networks of the fan: `172.16.0.0/16=252.0.0.0/8`',
    },
    'container-image-stream': {
      type: 'string',
      default: 'released',
      description: 'stream of the images of containers',
    },
    'container-image-metadata-url': {
      type: 'string',
      format: 'source',
      description: 'where metadata of the images of containers is looked for first',
    },
    'container-image-metadata-defaults-disabled': {
      type: 'bool',
      default: false,
      description: 'whether the official source of the images of containers is left out',
    },
    'container-inherit-properties': {
      type: 'list',
      values: ['apt-primary', 'apt-security', 'apt-sources', 'ca-certs'],
      description: 'what containers inherit from the cloud-config of their machine',
    },
  },
  storage: {
    'storage-default-block-source': {
      type: 'string',
      description: 'storage pool of block devices when none is named; unset: the provider decides',
    },
    'storage-default-filesystem-source': {
      type: 'string',
      description: 'storage pool of filesystems when none is named; unset: the provider decides',
    },
  },
  agents: {
    'automatically-retry-hooks': {
      type: 'bool',
      default: true,
      description: 'whether hooks that failed are run again',
    },
    'update-status-hook-interval': {
      type: 'duration',
      min: '1m',
      max: '60m',
      default: '5m',
      description: 'how often the hook `update-status` runs',
    },
    'max-status-history-age': {
      type: 'duration',
      default: '336h',
      description: 'how long the history of statuses is kept',
    },
    'max-status-history-size': {
      type: 'size',
      default: '5G',
      description: 'how large the history of statuses may become',
    },
    'max-action-results-age': {
      type: 'duration',
      default: '336h',
      description: 'how long the results of actions are kept',
    },
    'max-action-results-size': {
      type: 'size',
      default: '5G',
      description: 'how large the results of actions may become',
    },
  },
})
