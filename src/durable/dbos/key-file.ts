import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { link, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EnvironsError, NotValidError } from '../../environ/errors.ts'
import type { Database } from './database.ts'
import { resourceOf } from './failures.ts'

const CIPHER = 'aes-256-gcm'
/** Bytes. */
const KEY = 32
const NONCE = 12
const TAG = 16
/** What the check in the database is sealed for: no controller has such a name. */
const CHECK = '\0check'

/** As it stands in the database: a nonce of its own, and what was encrypted with its tag. */
export interface Sealed {
  readonly nonce: Buffer
  readonly sealed: Buffer
}

/** The key that the accounts of controllers are encrypted with. */
export class AccountKey {
  readonly path: string
  readonly #key: Buffer

  constructor(path: string, key: Buffer) {
    this.path = path
    this.#key = key
  }

  seal(text: string, purpose: string): Sealed {
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(Buffer.from(purpose))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return { nonce, sealed }
  }

  /** @throws NotValidError when it was sealed with another key, or for something else */
  open({ nonce, sealed }: Sealed, purpose: string): string {
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, nonce).setAAD(Buffer.from(purpose))
      decipher.setAuthTag(sealed.subarray(-TAG))
      return decipher.update(sealed.subarray(0, -TAG), undefined, 'utf8') + decipher.final('utf8')
    } catch {
      throw new NotValidError(`${this.path} is not the key that the accounts were encrypted with`, {
        resource: this.path,
        hint: 'copy the key file from where the database was used before',
      })
    }
  }
}

function refuse(path: string, why: string, hint: string): never {
  throw new NotValidError(`key file ${path} ${why}`, { resource: path, hint })
}

async function read(path: string): Promise<AccountKey> {
  await using file = await open(path, 'r')
  const { mode, size } = await file.stat()
  if ((mode & 0o077) !== 0)
    refuse(path, 'can be read by others', `chmod 600 ${path}, and change it if it was seen`)
  if (size !== KEY)
    refuse(path, `does not have ${KEY} bytes`, 'copy it from where the database was used before')
  return new AccountKey(path, await file.readFile())
}

/** Writes a new one; of several at the same time one counts. */
async function make(path: string): Promise<void> {
  const part = `${path}.${randomBytes(8).toString('hex')}`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  try {
    await using file = await open(part, 'wx', 0o600)
    await file.writeFile(randomBytes(KEY))
    await file.sync()
    // Unlike a new name, a link never takes the place of a key that is there.
    await link(part, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(part, { force: true })
  }
}

/**
 * The key of a file, which is made when it is not there.
 * @throws NotValidError when others can read it, or it is no key
 */
export async function accountKey(path: string): Promise<AccountKey> {
  try {
    return await read(path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      await make(path)
      return await read(path)
    })
  } catch (error) {
    if (error instanceof EnvironsError) throw error
    throw new EnvironsError(`key file ${path} cannot be used: ${(error as Error).message}`, {
      cause: error,
      resource: path,
      hint: 'see that this file is yours and its directory can be written',
    })
  }
}

/** Sees that the key is the one of the database; the first one that comes is. @throws NotValidError */
export async function checkKey(database: Database, key: AccountKey): Promise<void> {
  const { nonce, sealed } = key.seal(resourceOf(database.place), CHECK)
  await database.query(
    'INSERT INTO environs.key_check (nonce, sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [nonce, sealed],
  )
  const [check] = await database.query<Sealed>('SELECT nonce, sealed FROM environs.key_check')
  if (check) key.open(check, CHECK)
}
