/** Credentials in Juju's terms: auth types with attributes, and what Keystone makes of them. */

import {
  type Credential,
  type CredentialSchema,
  credentialText,
  NotSupportedError,
  NotValidError,
  Secret,
} from 'cloud-environs/provider'
import type { ConnectOptions, DomainRef, OpenStackCloudConfig } from './api/index.ts'

type KeystoneCredential = Pick<ConnectOptions, 'credential' | 'scope'>

/** The auth types. Juju has no application credentials; its access keys are those of Keystone's version 2. */
export const CREDENTIAL_SCHEMAS: Readonly<Record<string, CredentialSchema>> = {
  userpass: [
    { name: 'username', description: 'name of the user' },
    { name: 'password', description: 'password of the user', hidden: true },
    { name: 'tenant-name', description: 'name of the project', optional: true },
    { name: 'tenant-id', description: 'id of the project', optional: true },
    { name: 'user-domain-name', description: "name of the user's domain", optional: true },
    { name: 'user-domain-id', description: "id of the user's domain", optional: true },
    { name: 'project-domain-name', description: "name of the project's domain", optional: true },
    { name: 'project-domain-id', description: "id of the project's domain", optional: true },
    { name: 'domain-name', description: 'name of the domain of user and project', optional: true },
    { name: 'version', description: 'version of the identity API: 3', optional: true },
  ],
  'application-credential': [
    { name: 'application-credential-id', description: 'id of the application credential' },
    { name: 'application-credential-secret', description: 'its secret', hidden: true },
  ],
}

/**
 * Checks a credential against its schema.
 * @throws NotSupportedError for another auth type or version, NotValidError naming an attribute that is missing,
 * unknown or not what it has to be
 */
export function validateCredential({ authType, attributes }: Credential): void {
  const schema = CREDENTIAL_SCHEMAS[authType]
  if (authType === 'access-key') {
    // Version 2 is gone, and with version 3 (POST /v3/ec2tokens) only services may turn a signature into a token since
    // OSSA-2025-002: what would work is a cloud with that hole.
    throw new NotSupportedError(
      'OpenStack takes no access keys any more: they went with version 2 of Keystone',
      {
        hint: 'make an application credential (openstack application credential create), and use its id and secret',
      },
    )
  }
  if (!schema) {
    throw new NotSupportedError(`auth type "${authType}" is not supported by OpenStack`, {
      hint: `use one of: ${Object.keys(CREDENTIAL_SCHEMAS).join(', ')}`,
    })
  }
  const hint = `the attributes of ${authType} are: ${schema.map(({ name }) => name).join(', ')}`
  for (const { name, optional } of schema) {
    if (!optional && attributes[name] === undefined) {
      throw new NotValidError(`credential of type ${authType} lacks the attribute "${name}"`, { hint })
    }
  }
  for (const name of Object.keys(attributes)) {
    if (schema.some((attribute) => attribute.name === name)) continue
    throw new NotValidError(`unknown attribute "${name}" in a credential of type ${authType}`, { hint })
  }
  checkVersion(attributes['version'])
}

function checkVersion(version: string | Secret | undefined): void {
  if (version === undefined || Number(version) === 3) return
  const text = String(version)
  if (!/^\d+(\.\d+)?$/.test(text)) {
    throw new NotValidError(`identity version "${text}" is not a number`, {
      hint: 'write 3, or leave out the attribute "version"',
    })
  }
  throw new NotSupportedError(`version ${text} of the identity API is not supported`, {
    hint: 'use version 3: leave out the attribute "version"',
  })
}

/** Domains of a user with a password who has none: Keystone's first one. Nothing else changes. */
export function withDomains(credential: Credential): Credential {
  const { authType, attributes } = credential
  if (authType !== 'userpass' || attributes['domain-name'] !== undefined) return credential
  const missing = (['user', 'project'] as const)
    .filter((of) => [`${of}-domain-name`, `${of}-domain-id`].every((name) => attributes[name] === undefined))
    .map((of) => [`${of}-domain-id`, 'default'] as const)
  return { ...credential, attributes: { ...attributes, ...Object.fromEntries(missing) } }
}

/** A credential as Keystone's methods and scopes. */
export function keystoneCredential(credential: Credential): KeystoneCredential {
  validateCredential(credential)
  const text = (name: string): string => credentialText(credential, name) ?? ''
  const secret = (name: string): Secret => new Secret(text(name))
  if (credential.authType === 'application-credential') {
    return {
      credential: {
        method: 'applicationCredential',
        id: text('application-credential-id'),
        secret: secret('application-credential-secret'),
      },
    }
  }
  const domain = (of: 'user' | 'project'): DomainRef => {
    const [name, id, common] = [text(`${of}-domain-name`), text(`${of}-domain-id`), text('domain-name')]
    if (name) return { name }
    return id || !common ? { id: id || 'default' } : { name: common }
  }
  const [id, name] = [text('tenant-id'), text('tenant-name')]
  const scope = id ? { project: { id } } : name ? { project: { name, domain: domain('project') } } : undefined
  return {
    credential: {
      method: 'password',
      user: { name: text('username'), domain: domain('user') },
      password: secret('password'),
    },
    ...(scope ? { scope } : {}),
  }
}

/**
 * The credential that a configured cloud has.
 * @throws NotSupportedError for one that this provider has no auth type for
 */
export function configuredCredential({ name, source, auth }: OpenStackCloudConfig): Credential {
  const attributes = (all: Readonly<Record<string, string | Secret | undefined>>): Credential['attributes'] =>
    Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string | Secret] => entry[1] !== undefined),
    )
  if (auth.applicationCredentialId !== undefined) {
    return {
      authType: 'application-credential',
      label: `application credential ${auth.applicationCredentialId}`,
      attributes: attributes({
        'application-credential-id': auth.applicationCredentialId,
        'application-credential-secret': auth.applicationCredentialSecret,
      }),
    }
  }
  if (auth.username !== undefined) {
    const domainName = auth.domainName
    const domainId = auth.domainId ?? (domainName === undefined ? auth.defaultDomain : undefined)
    const userDomain = auth.userDomainName ?? auth.userDomainId
    const projectDomain = auth.projectDomainName ?? auth.projectDomainId
    return {
      authType: 'userpass',
      label: `user "${auth.username}"${auth.projectName ? ` of project "${auth.projectName}"` : ''}`,
      attributes: attributes({
        username: auth.username,
        password: auth.password,
        'tenant-name': auth.projectName,
        'tenant-id': auth.projectId,
        'user-domain-name': userDomain === undefined ? domainName : auth.userDomainName,
        'user-domain-id': userDomain === undefined ? domainId : auth.userDomainId,
        'project-domain-name': projectDomain === undefined ? domainName : auth.projectDomainName,
        'project-domain-id': projectDomain === undefined ? domainId : auth.projectDomainId,
      }),
    }
  }
  throw new NotSupportedError(
    `cloud "${name}" in ${source} has neither a username nor an application_credential_id`,
    {
      resource: `cloud "${name}"`,
      hint: 'add username and password, or application_credential_id and application_credential_secret, under "auth"',
    },
  )
}
