import { checkedCredential } from '../../cloud/credential-choice.ts'
import { CredentialReader } from '../../cloud/credential-reader.ts'
import {
  type Cloud,
  type Credential,
  type CredentialAttribute,
  type CredentialSchema,
  Secret,
} from '../../cloud/index.ts'
import {
  AlreadyExistsError,
  type EnvironProvider,
  NotFoundError,
  NotValidError,
} from '../../environ/index.ts'
import { didYouMean } from '../../environ/nearest.ts'
import type { Context } from '../context.ts'
import { isTerminal, Questions } from '../questions.ts'
import { givenYaml } from '../yaml.ts'

/** Options of `environs add-credential` and `environs update-credential`. */
export interface CredentialOptions {
  readonly authType?: string
  readonly file?: string
  /** `name=value`; not for what is hidden, as everybody on this machine sees a command's arguments. */
  readonly attribute?: readonly string[]
  /** `name=VARIABLE`. */
  readonly env?: readonly string[]
}

/** What credentials are made for. */
interface Target {
  readonly cloud: Cloud
  readonly provider: EnvironProvider
}

type Attributes = Record<string, string | Secret>

async function targetOf(context: Context, name: string): Promise<Target> {
  const { clouds, providers } = await context.environs()
  const cloud = await clouds.get(name, { signal: context.signal })
  return { cloud, provider: providers.provider(cloud.type) }
}

/** Auth types that the cloud takes and its provider knows. */
function authTypesOf({ cloud, provider }: Target): readonly string[] {
  const known = Object.keys(provider.credentialSchemas())
  return cloud.authTypes.length === 0 ? known : known.filter((type) => cloud.authTypes.includes(type))
}

const needed = (what: string, hint: string): NotValidError => new NotValidError(`${what} is needed`, { hint })

async function chosenAuthType(
  target: Target,
  { authType }: CredentialOptions,
  questions: Questions | undefined,
): Promise<string> {
  const types = authTypesOf(target)
  if (authType !== undefined) return authType
  const [only] = types
  if (only !== undefined && types.length === 1) return only
  const all = types.join(', ')
  if (!questions) throw needed('an auth type', `give --auth-type, one of: ${all}`)
  return await questions.ask(`Auth type (${all})`)
}

/** The schema of an auth type; of one that is unknown, which is refused later, nothing is hidden from its user. */
function schemaOf({ provider }: Target, authType: string): CredentialSchema {
  const schemas = provider.credentialSchemas()
  return Object.hasOwn(schemas, authType) ? (schemas[authType] ?? []) : []
}

function pairs(option: string, texts: readonly string[] = []): readonly (readonly [string, string])[] {
  return texts.map((text) => {
    const equals = text.indexOf('=')
    if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)] as const
    // Not quoted: it may be a secret.
    throw new NotValidError(`a value of ${option} is not name=value`, { hint: `write ${option} name=value` })
  })
}

/** The attributes that the command line gives. */
function givenAttributes(schema: CredentialSchema, options: CredentialOptions): Attributes {
  const isHidden = (name: string): boolean => schema.some((each) => each.name === name && each.hidden)
  const given: Attributes = {}
  for (const [name, value] of pairs('--attribute', options.attribute)) {
    if (isHidden(name)) {
      throw new NotValidError(
        `attribute "${name}" is a secret: arguments of a command are seen by everybody`,
        {
          hint: `give --env ${name}=VARIABLE, or --file`,
        },
      )
    }
    given[name] = value
  }
  for (const [name, variable] of pairs('--env', options.env)) {
    const value = process.env[variable]
    if (value === undefined) {
      throw new NotValidError(`variable ${variable} for attribute "${name}" is not set`, {
        hint: `set ${variable}`,
      })
    }
    given[name] = isHidden(name) ? new Secret(value) : value
  }
  return given
}

const question = ({ name, description, optional, options, fileAttr }: CredentialAttribute): string => {
  const more = [
    description,
    ...(options ? [`one of ${options.join(', ')}`] : []),
    ...(optional ? ['may be empty'] : fileAttr === undefined ? [] : ['empty to name a file']),
  ]
  return `${name} (${more.join('; ')})`
}

/** The attributes that are still wanted, as the user answers. */
async function askedAttributes(
  schema: CredentialSchema,
  given: Attributes,
  questions: Questions,
): Promise<Attributes> {
  const isComplete = Object.keys(given).length > 0
  const asked: Attributes = {}
  for (const attribute of schema) {
    const { name, hidden = false, optional = false, fileAttr } = attribute
    if (given[name] !== undefined || (fileAttr !== undefined && given[fileAttr] !== undefined)) continue
    // Who gives some attributes has left out the others on purpose.
    if (optional && isComplete) continue
    const answer = await questions.ask(question(attribute), { hidden })
    if (answer !== '') asked[name] = hidden ? new Secret(answer) : answer
    else if (fileAttr !== undefined) {
      const path = await questions.ask(`${fileAttr} (file with it)`)
      if (path !== '') asked[fileAttr] = path
    }
  }
  return asked
}

/** Credentials of a file for that cloud: the one of that name, or all. */
async function credentialsOfFile(
  { signal }: Context,
  cloud: string,
  name: string | undefined,
  path: string,
): Promise<Readonly<Record<string, Credential>>> {
  const [file, content] = await givenYaml(path, signal, { plainText: true })
  const reader = new CredentialReader(file)
  const clouds = Object.keys(reader.clouds(content))
  if (!clouds.includes(cloud)) {
    throw new NotFoundError(
      `${file.path} has no credentials for cloud "${cloud}"${didYouMean(cloud, clouds)}`,
      {
        resource: file.path,
        hint: `it has those for: ${clouds.join(', ') || 'none'}`,
      },
    )
  }
  const { credentials } = reader.ofCloud(content, cloud)
  if (name === undefined) return credentials
  const names = Object.keys(credentials)
  const credential = names.includes(name) ? credentials[name] : undefined
  if (credential) return { [name]: credential }
  throw new NotFoundError(`credential "${name}" not found in ${file.path}${didYouMean(name, names)}`, {
    resource: `credential "${name}"`,
    hint: `its credentials are: ${names.join(', ') || 'none'}`,
  })
}

/** The credentials that the options, the file or the user describe; `before` is the one that they change. */
async function described(
  context: Context,
  target: Target,
  name: string | undefined,
  options: CredentialOptions,
  before?: Credential,
): Promise<Readonly<Record<string, Credential>>> {
  const { file, authType, attribute, env } = options
  if (file !== undefined) {
    if (authType !== undefined || attribute || env) {
      throw new NotValidError('a file and attributes are given', { hint: 'give either' })
    }
    return await credentialsOfFile(context, target.cloud.name, name, file)
  }
  using questions = isTerminal() ? new Questions(context.signal) : undefined
  const called = name ?? (await questions?.ask('Name of the credential'))
  if (called === undefined) throw needed('a name for the credential', 'give one')
  const isChange = before !== undefined && (attribute ?? env) !== undefined
  const type = isChange ? (authType ?? before.authType) : await chosenAuthType(target, options, questions)
  const schema = schemaOf(target, type)
  const kept = isChange && type === before.authType ? before.attributes : {}
  const given = { ...kept, ...givenAttributes(schema, options) }
  const asked = questions ? await askedAttributes(schema, given, questions) : {}
  return { [called]: { authType: type, attributes: { ...given, ...asked } } }
}

/** Credentials as they are kept: what files they name is in them, and the cloud's provider would take them. */
async function checked(
  { signal, output }: Context,
  target: Target,
  credentials: Readonly<Record<string, Credential>>,
): Promise<readonly (readonly [string, Credential])[]> {
  const { cloud, provider } = target
  return await Promise.all(
    Object.entries(credentials).map(async ([name, credential]) => {
      const final = await checkedCredential(credential, target)
      const info = (message: string): void => output.say(message)
      await provider.finalizeCredential({ info, signal }, { credential: final, cloudName: cloud.name })
      return [name, final] as const
    }),
  )
}

export async function addCredential(
  context: Context,
  cloudName: string,
  name: string | undefined,
  options: CredentialOptions,
): Promise<void> {
  const { credentialStore } = await context.environs()
  const target = await targetOf(context, cloudName)
  const stored = Object.keys((await credentialStore.get(cloudName)).credentials)
  const checkFree = (wanted: string): void => {
    if (!stored.includes(wanted)) return
    throw new AlreadyExistsError(`credential "${wanted}" of cloud "${cloudName}" already exists`, {
      resource: `credential "${wanted}"`,
      hint: 'choose another name, or change it with "environs update-credential"',
    })
  }
  // Before anything is asked.
  if (name !== undefined) checkFree(name)
  const added = await checked(context, target, await described(context, target, name, options))
  for (const [each] of added) checkFree(each)
  for (const [each, credential] of added) await credentialStore.add(cloudName, each, credential)
  const names = added.map(([each]) => each)
  context.output.result(
    { cloud: cloudName, added: names },
    names.map((each) => `Credential "${each}" of cloud "${cloudName}" is added`).join('\n'),
  )
}

export async function updateCredential(
  context: Context,
  cloudName: string,
  name: string,
  options: CredentialOptions,
): Promise<void> {
  const { credentialStore } = await context.environs()
  const target = await targetOf(context, cloudName)
  const { credentials } = await credentialStore.get(cloudName)
  const before = Object.hasOwn(credentials, name) ? credentials[name] : undefined
  if (!before) {
    const names = Object.keys(credentials)
    throw new NotFoundError(
      `credential "${name}" of cloud "${cloudName}" was not added${didYouMean(name, names)}`,
      { resource: `credential "${name}"`, hint: `those that were are: ${names.join(', ') || 'none'}` },
    )
  }
  const updated = await checked(context, target, await described(context, target, name, options, before))
  for (const [each, credential] of updated) await credentialStore.put(cloudName, each, credential)
  context.output.result(
    { cloud: cloudName, updated: name },
    `Credential "${name}" of cloud "${cloudName}" is updated`,
  )
}
