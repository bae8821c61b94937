/** Credentials in Juju's terms: what they must have, and where they are found. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createEnvirons,
  type Credential,
  NotFoundError,
  NotSupportedError,
  NotValidError,
  Secret,
} from 'cloud-environs'
import { credentialText, detectsRegions } from 'cloud-environs/provider'
import { openstack } from 'cloud-environs/providers/openstack'
import { describe, expect, it, onTestFinished } from 'vitest'

/** The provider on a machine with these variables and files. */
async function providerOn(
  variables: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
) {
  const home = await mkdtemp(join(tmpdir(), 'environs-credentials-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(home, name), text)
  const host = { variables, homeDir: home, workingDir: home }
  const environs = await createEnvirons({ plugins: [openstack()], host, dataDir: home })
  return environs.providers.provider('openstack')
}

const finalized = async (credential: Credential) =>
  await (await providerOn()).finalizeCredential({ info: () => undefined }, { credential })

const full: Readonly<Record<string, Credential['attributes']>> = {
  userpass: {
    username: 'u',
    password: new Secret('p'),
    'tenant-name': 't',
    'tenant-id': 'i',
    'user-domain-name': 'ud',
    'user-domain-id': 'ui',
    'project-domain-name': 'pd',
    'project-domain-id': 'pi',
    'domain-name': 'd',
    version: '3',
  },
  'application-credential': {
    'application-credential-id': 'id',
    'application-credential-secret': new Secret('s'),
  },
}

describe('the schemas', () => {
  it('are those of these auth types, and hide what is secret', async () => {
    const schemas = (await providerOn()).credentialSchemas()
    expect(Object.keys(schemas).toSorted()).toEqual(Object.keys(full).toSorted())
    const hidden = Object.values(schemas).flatMap((schema) =>
      schema.filter((attribute) => attribute.hidden).map(({ name }) => name),
    )
    expect(hidden.toSorted()).toEqual(['application-credential-secret', 'password'])
  })

  it.each(Object.keys(full))(
    'of %s take all attributes, and none without one that it needs',
    async (authType) => {
      const attributes = full[authType] ?? {}
      await expect(finalized({ authType, attributes })).resolves.toMatchObject({ authType })
      for (const { name, optional = false } of (await providerOn()).credentialSchemas()[authType] ?? []) {
        expect(attributes).toHaveProperty([name])
        const { [name]: _, ...rest } = attributes
        const outcome = finalized({ authType, attributes: rest })
        if (optional) await expect(outcome).resolves.toBeDefined()
        else await expect(outcome).rejects.toThrow(`lacks the attribute "${name}"`)
      }
      const unknown = finalized({ authType, attributes: { ...attributes, shoe: '42' } })
      await expect(unknown).rejects.toThrow(/unknown attribute "shoe"/)
    },
  )

  it('have no access keys: the way out is an application credential', async () => {
    const attributes = { 'access-key': 'a', 'secret-key': new Secret('s') }
    const refused = finalized({ authType: 'access-key', attributes })
    await expect(refused).rejects.toBeInstanceOf(NotSupportedError)
    await expect(refused).rejects.toMatchObject({ hint: expect.stringContaining('application credential') })
    await expect(finalized({ authType: 'jwt', attributes: {} })).rejects.toMatchObject({
      hint: expect.stringContaining('userpass'),
    })
  })
})

describe('finalizing', () => {
  const userpass = { username: 'u', password: new Secret('p') }

  it('gives users and projects without a domain the first one, and keeps those that have one', async () => {
    const { attributes } = await finalized({ authType: 'userpass', attributes: userpass })
    expect(attributes).toEqual({ ...userpass, 'user-domain-id': 'default', 'project-domain-id': 'default' })
    const own = { ...userpass, 'user-domain-name': 'users', 'project-domain-id': 'p1' }
    expect((await finalized({ authType: 'userpass', attributes: own })).attributes).toEqual(own)
    const common = { ...userpass, 'domain-name': 'all' }
    expect((await finalized({ authType: 'userpass', attributes: common })).attributes).toEqual(common)
  })

  it.each([
    ['2', NotSupportedError],
    ['2.0', NotSupportedError],
    ['4', NotSupportedError],
    ['three', NotValidError],
  ])('refuses version %s of the identity API', async (version, type) => {
    const refused = finalized({ authType: 'userpass', attributes: { ...userpass, version } })
    await expect(refused).rejects.toBeInstanceOf(type)
  })
})

/** Attributes with the secrets revealed. */
const revealed = (credential: Credential | undefined) =>
  credential &&
  Object.fromEntries(
    Object.keys(credential.attributes).map((name) => [name, credentialText(credential, name)]),
  )

describe('detection', () => {
  const OS = {
    OS_AUTH_URL: 'http://keystone.example/v3',
    OS_USERNAME: 'fred',
    OS_PASSWORD: 'v3ry-s3cret',
    OS_PROJECT_NAME: 'fred-project',
    OS_REGION_NAME: 'east',
  }

  it('finds nothing where there is nothing, and says what to write', async () => {
    const none = (await providerOn()).detectCredentials()
    await expect(none).rejects.toBeInstanceOf(NotFoundError)
    await expect(none).rejects.toThrow('no openstack credentials found')
    await expect((await providerOn({ OS_USERNAME: 'fred' })).detectCredentials()).rejects.toBeInstanceOf(
      NotFoundError,
    )
  })

  it('finds a user with a password, its project and its region in the variables', async () => {
    const { credentials, defaultCredential, defaultRegion } = await (await providerOn(OS)).detectCredentials()
    expect([defaultCredential, defaultRegion]).toEqual(['envvars', 'east'])
    const { envvars } = credentials
    expect(envvars).toMatchObject({ authType: 'userpass', label: 'user "fred" of project "fred-project"' })
    expect(revealed(envvars)).toMatchObject({
      username: 'fred',
      password: 'v3ry-s3cret',
      'tenant-name': 'fred-project',
    })
    expect(JSON.stringify(credentials)).not.toContain('v3ry-s3cret')
  })

  it.each([
    [{ OS_USER_DOMAIN_NAME: 'ud', OS_PROJECT_DOMAIN_NAME: 'pd' }, 'ud', 'pd'],
    [{ OS_DOMAIN_NAME: 'd' }, 'd', 'd'],
    [{ OS_DOMAIN_NAME: 'd', OS_USER_DOMAIN_NAME: 'ud' }, 'ud', 'd'],
  ])('takes domains from where they are: %o', async (more, user, project) => {
    const { credentials } = await (await providerOn({ ...OS, ...more })).detectCredentials()
    expect(revealed(credentials['envvars'])).toMatchObject({
      'user-domain-name': user,
      'project-domain-name': project,
    })
  })

  it('fills domains that are not named with the default one', async () => {
    const { credentials } = await (
      await providerOn({ ...OS, OS_DEFAULT_DOMAIN: 'dd', OS_USER_DOMAIN_NAME: 'ud' })
    ).detectCredentials()
    expect(revealed(credentials['envvars'])).toMatchObject({
      'user-domain-name': 'ud',
      'project-domain-id': 'dd',
    })
  })

  it('does not take key pairs of old clouds for a credential', async () => {
    const { OS_USERNAME: _, OS_PASSWORD: __, ...rest } = OS
    const old = await providerOn({ ...rest, OS_ACCESS_KEY: 'a', OS_SECRET_KEY: 's' })
    await expect(old.detectCredentials()).rejects.toBeInstanceOf(NotFoundError)
  })

  it('finds regions, or says which variable is missing', async () => {
    const provider = await providerOn(OS)
    if (!detectsRegions(provider)) throw new Error('no regions')
    expect(await provider.detectRegions()).toEqual([{ name: 'east', endpoint: 'http://keystone.example/v3' }])
    for (const missing of ['OS_REGION_NAME', 'OS_AUTH_URL'] as const) {
      const { [missing]: _, ...rest } = OS
      const poor = await providerOn(rest)
      if (!detectsRegions(poor)) throw new Error('no regions')
      const none = poor.detectRegions()
      await expect(none).rejects.toBeInstanceOf(NotFoundError)
      await expect(none).rejects.toMatchObject({ hint: expect.stringContaining('OS_REGION_NAME') })
    }
  })
})

describe('~/.novarc', () => {
  const file = `# made by the dashboard
export OS_AUTH_URL=http://old.example:5000/v3   # there
export NOVA_USERNAME="wilma"
NOVA_PASSWORD='pe$bbles'
  export OS_TENANT_NAME = bedrock
export NOVA_REGION=west;
export OS_TOKEN_COMMAND=$(cat /etc/passwd)
read -sr OS_PASSWORD_INPUT
`

  it('is found, by the names of its day, and does not change the process', async () => {
    const before = { ...process.env }
    const { credentials, defaultRegion } = await (
      await providerOn({}, { '.novarc': file })
    ).detectCredentials()
    expect(defaultRegion).toBe('west')
    expect(Object.keys(credentials)).toEqual(['novarc'])
    expect(revealed(credentials['novarc'])).toMatchObject({
      username: 'wilma',
      password: 'pe$bbles',
      'tenant-name': 'bedrock',
    })
    expect(process.env).toEqual(before)
  })

  it('gives way to the variables of the process', async () => {
    const files = { '.novarc': file }
    const { credentials } = await (await providerOn({ OS_USERNAME: 'fred' }, files)).detectCredentials()
    expect(revealed(credentials['novarc'])).toMatchObject({ username: 'fred', password: 'pe$bbles' })
    const url = { OS_AUTH_URL: 'http://keystone.example/v3', OS_USERNAME: 'fred', OS_PASSWORD: 'x' }
    expect(Object.keys((await (await providerOn(url, files)).detectCredentials()).credentials)).toEqual([
      'envvars',
    ])
  })
})
