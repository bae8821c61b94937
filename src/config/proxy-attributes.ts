import type { AttributeGroups } from './grouped.ts'

const proxy = (description: string) => ({ type: 'string', format: 'proxy', description }) as const

/** What needs no proxy: the machine itself. */
const LOOPBACK = ['127.0.0.1', 'localhost', '::1']

/** How machines reach the network, and where their packages come from. */
export const PROXY_GROUPS: AttributeGroups = {
  proxies: {
    'http-proxy': proxy('proxy for http, for everything on machines'),
    'https-proxy': proxy('proxy for https, for everything on machines'),
    'ftp-proxy': proxy('proxy for ftp, for everything on machines'),
    'no-proxy': {
      type: 'list',
      default: LOOPBACK,
      description: 'what is reached without a proxy: hosts, domains, CIDRs',
    },
    'juju-http-proxy': proxy('proxy for http, for agents and charms only'),
    'juju-https-proxy': proxy('proxy for https, for agents and charms only'),
    'juju-ftp-proxy': proxy('proxy for ftp, for agents and charms only'),
    'juju-no-proxy': {
      type: 'list',
      default: LOOPBACK,
      description: 'what agents and charms reach without a proxy: hosts, domains, CIDRs',
    },
  },
  packages: {
    'apt-http-proxy': proxy('proxy for http, for apt; unset: `http-proxy`'),
    'apt-https-proxy': proxy('proxy for https, for apt; unset: `https-proxy`'),
    'apt-ftp-proxy': proxy('proxy for ftp, for apt; unset: `ftp-proxy`'),
    'apt-no-proxy': { type: 'list', description: 'what apt reaches without a proxy' },
    'apt-mirror': {
      type: 'string',
      format: 'url',
      keptOnceSet: true,
      description: 'mirror that apt gets packages from',
    },
    'snap-http-proxy': proxy('proxy for http, for snaps'),
    'snap-https-proxy': proxy('proxy for https, for snaps'),
    'snap-store-proxy': { type: 'string', description: 'id of the snap store proxy' },
    'snap-store-assertions': {
      type: 'string',
      description: 'assertions that make the snap store proxy known',
    },
    'snap-store-proxy-url': {
      type: 'string',
      format: 'url',
      description: 'URL of the snap store proxy, which tells its id and its assertions',
    },
  },
}
