import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { NotSupportedError, NotValidError } from '../environ/errors.ts'
import { didYouMean } from '../environ/nearest.ts'
import {
  type Credential,
  type CredentialAttribute,
  type CredentialSchema,
  credentialText,
} from './credential.ts'
import { Secret } from './secret.ts'

/** Auth type to the attributes of its credentials, as a provider tells them. */
export type CredentialSchemas = Readonly<Record<string, CredentialSchema>>

const absolute = (path: string): string =>
  resolve(path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path)

const invalid = (name: string, message: string, hint: string, cause?: unknown): NotValidError =>
  new NotValidError(`credential attribute "${name}": ${message}`, {
    resource: `attribute ${name}`,
    hint,
    cause,
  })

async function contentOf(name: string, path: string): Promise<string> {
  const file = absolute(path)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const { code = String(cause) } = cause as NodeJS.ErrnoException
    throw invalid(name, `${file} cannot be read (${code})`, 'check the path and its permissions', cause)
  })
  if (text === '') throw invalid(name, `${file} is empty`, 'check that it is the right file')
  return text
}

async function checkFile(name: string, path: string): Promise<string> {
  const file = absolute(path)
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile()) return file
  throw invalid(name, `there is no file ${file}`, 'give the path of a file')
}

/** The value that an attribute comes to; `undefined` for an optional one that is not given. */
async function finalValue(
  attribute: CredentialAttribute,
  text: (name: string) => string | undefined,
): Promise<string | undefined> {
  const { name, fileAttr, filePath, expandFilePath, optional, options } = attribute
  const own = text(name)
  const file = fileAttr === undefined ? undefined : text(fileAttr)
  const either = fileAttr === undefined ? `"${name}"` : `"${name}" or "${fileAttr}"`
  if (own !== undefined && file !== undefined)
    throw invalid(name, `"${fileAttr}" is given too`, `give either ${either}`)
  if (own === undefined && file === undefined) {
    if (optional) return undefined
    throw invalid(name, 'it is missing', `give ${either}`)
  }
  let value = file === undefined ? (own ?? '') : await contentOf(name, file)
  if (filePath) value = await checkFile(name, value)
  if (expandFilePath && !value.trimStart().startsWith('-----BEGIN ')) value = await contentOf(name, value)
  if (options && !options.includes(value)) {
    const told = attribute.hidden ? 'that value' : `"${value}"`
    throw invalid(name, `${told} is not one of its values`, `choose one of: ${options.join(', ')}`)
  }
  return value
}

/** @throws NotSupportedError listing the auth types */
function schemaOf(authType: string, schemas: CredentialSchemas): CredentialSchema {
  const schema = Object.hasOwn(schemas, authType) ? schemas[authType] : undefined
  if (schema) return schema
  const known = Object.keys(schemas)
  throw new NotSupportedError(`auth type "${authType}" is not supported${didYouMean(authType, known)}`, {
    hint: `the auth types are: ${known.join(', ')}`,
  })
}

/**
 * Checks a credential against its schema, and reads the files that it names (Juju: `FinalizeCredential`). In the result
 * hidden attributes are secrets, and all others texts.
 * @throws NotSupportedError for an auth type without a schema, NotValidError for an attribute that is missing, unknown,
 *   given twice or none of its values
 */
export async function finalizeCredential(
  credential: Credential,
  schemas: CredentialSchemas,
): Promise<Credential> {
  const schema = schemaOf(credential.authType, schemas)
  const names = schema.flatMap(({ name, fileAttr }) => (fileAttr === undefined ? [name] : [name, fileAttr]))
  const unknown = Object.keys(credential.attributes).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    const its = `the attributes of ${credential.authType} are: ${names.join(', ') || 'none'}`
    throw invalid(unknown, `it is unknown${didYouMean(unknown, names)}`, its)
  }
  const attributes: Record<string, string | Secret> = {}
  for (const attribute of schema) {
    const value = await finalValue(attribute, (name) => credentialText(credential, name))
    if (value === undefined) continue
    attributes[attribute.name] = attribute.hidden ? new Secret(value) : value
  }
  return { ...credential, attributes }
}

/**
 * A credential without what must not be shown (Juju: `RemoveSecrets`).
 * @throws NotSupportedError for an auth type without a schema
 */
export function removeSecrets(credential: Credential, schemas: CredentialSchemas): Credential {
  const shown = schemaOf(credential.authType, schemas).filter(({ hidden }) => !hidden)
  const attributes: Record<string, string> = {}
  for (const name of shown.flatMap(({ name, fileAttr }) => [name, fileAttr ?? name])) {
    const value = credentialText(credential, name)
    if (value !== undefined) attributes[name] = value
  }
  return { ...credential, attributes }
}
