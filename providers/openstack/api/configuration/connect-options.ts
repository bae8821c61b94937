/** A configured cloud to what `connect` takes. */

import { readFile } from 'node:fs/promises'
import { NotSupportedError, NotValidError, Secret } from 'cloud-environs'
import type { ConnectOptions } from '../connect.ts'
import type { Credential, DomainRef, Scope, UserRef } from '../identity/credential.ts'
import type { TlsOptions } from '../transport/pools.ts'
import type { CloudAuth, OpenStackCloudConfig } from './cloud-config.ts'

/** What a configuration says of the connection; logger, clock and so on are the caller's to add. */
export type ConfiguredConnection = Pick<
  ConnectOptions,
  'authUrl' | 'credential' | 'scope' | 'region' | 'interface' | 'tls' | 'endpointOverrides'
>

/**
 * Options for `connect`; certificate files are read here. @throws NotValidError naming the keys that are missing;
 * NotSupportedError for ways to authenticate that are not there
 */
export async function connectOptionsFor(config: OpenStackCloudConfig): Promise<ConfiguredConnection> {
  const { auth } = config
  const credential = credentialOf(config)
  return {
    authUrl: required(config, auth.authUrl, 'auth_url'),
    credential,
    scope: credential.method === 'applicationCredential' ? undefined : scopeOf(auth),
    region: config.region,
    interface: config.interface,
    tls: await tlsOf(config),
    endpointOverrides: config.endpointOverrides,
  }
}

function credentialOf(config: OpenStackCloudConfig): Credential {
  const { auth } = config
  switch (methodOf(config)) {
    case 'applicationCredential': {
      const secret = required(config, auth.applicationCredentialSecret, 'application_credential_secret')
      const method = 'applicationCredential'
      if (auth.applicationCredentialId !== undefined)
        return { method, secret, id: auth.applicationCredentialId }
      const name = required(config, auth.applicationCredentialName, 'application_credential_id')
      return { method, secret, name, user: userOf(config) }
    }
    case 'token':
      return { method: 'token', token: required(config, auth.token, 'token') }
    case 'password':
      return {
        method: 'password',
        user: userOf(config),
        password: required(config, auth.password, 'password'),
        ...(auth.passcode === undefined ? {} : { passcode: auth.passcode }),
      }
    case 'totp':
      return {
        method: 'totp',
        user: userOf(config),
        passcode: required(config, auth.passcode, 'passcode'),
      }
  }
}

/** By `auth_type`, or by the keys that are there. */
function methodOf({ name, source, auth }: OpenStackCloudConfig): Credential['method'] {
  switch (auth.type?.replace(/^v3/, '')) {
    // `password` is also what other programs write for want of anything better.
    case undefined:
    case 'password':
      if (auth.password !== undefined) return 'password'
      if (auth.applicationCredentialSecret !== undefined) return 'applicationCredential'
      return auth.token !== undefined && auth.type === undefined ? 'token' : 'password'
    case 'multifactor':
      return 'password'
    case 'totp':
      return 'totp'
    case 'applicationcredential':
      return 'applicationCredential'
    case 'token':
      return 'token'
    default:
      throw new NotSupportedError(
        `cloud "${name}" in ${source} has the auth_type ${auth.type}, which is not supported`,
        {
          resource: `cloud "${name}"`,
          hint: 'use password, v3totp, v3multifactor, token or v3applicationcredential; an application credential suits programs best',
        },
      )
  }
}

function userOf(config: OpenStackCloudConfig): UserRef {
  const { auth } = config
  if (auth.userId !== undefined) return { id: auth.userId }
  return {
    name: required(config, auth.username, 'username'),
    domain: domainOf(auth.userDomainId, auth.userDomainName, auth),
  }
}

function scopeOf(auth: CloudAuth): Scope | undefined {
  if (auth.systemScope === 'all') return { system: 'all' }
  if (auth.trustId !== undefined) return { trust: { id: auth.trustId } }
  if (auth.projectId !== undefined) return { project: { id: auth.projectId } }
  if (auth.projectName !== undefined) {
    const domain = domainOf(auth.projectDomainId, auth.projectDomainName, auth)
    return { project: { name: auth.projectName, domain } }
  }
  if (auth.domainId !== undefined) return { domain: { id: auth.domainId } }
  return auth.domainName === undefined ? undefined : { domain: { name: auth.domainName } }
}

function domainOf(id: string | undefined, name: string | undefined, auth: CloudAuth): DomainRef {
  if (id !== undefined) return { id }
  if (name !== undefined) return { name }
  if (auth.domainId !== undefined) return { id: auth.domainId }
  return auth.domainName === undefined ? { id: auth.defaultDomain } : { name: auth.domainName }
}

async function tlsOf({ tls, name }: OpenStackCloudConfig): Promise<TlsOptions> {
  const read = async (key: string, path: string | undefined) => {
    if (path === undefined) return undefined
    try {
      return await readFile(path, 'utf8')
    } catch (cause) {
      throw new NotValidError(`cannot read ${path}, which cloud "${name}" names as ${key}`, {
        resource: `cloud "${name}"`,
        cause,
        hint: `correct ${key}, or check the permissions of ${path}`,
      })
    }
  }
  const key = await read('key', tls.keyFile)
  return {
    verify: tls.verify,
    cacert: await read('cacert', tls.cacertFile),
    cert: await read('cert', tls.certFile),
    key: key === undefined ? undefined : new Secret(key),
  }
}

function required<T extends string | Secret>(
  { name, source }: OpenStackCloudConfig,
  value: T | undefined,
  key: string,
): T {
  if (value !== undefined) return value
  throw new NotValidError(`cloud "${name}" in ${source} has no ${key}`, {
    resource: `cloud "${name}"`,
    hint: `add ${key} under "auth"`,
  })
}
