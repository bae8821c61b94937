import { accountDocument, accountsDocument } from '../../bootstrap/account-format.ts'
import type { AccountStore, ControllerAccount } from '../../bootstrap/account-store.ts'
import { Secret } from '../../cloud/secret.ts'
import type { CallOptions } from '../../environ/index.ts'
import type { Database } from './database.ts'
import type { AccountKey, Sealed } from './key-file.ts'

/** Secrets as they are: in JSON they would hide themselves. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal()
  if (Array.isArray(value)) return value.map(revealed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, revealed(inner)]))
}

/** Keeps the secrets of controllers in PostgreSQL, encrypted with a key that is not there. */
export class PostgresAccountStore implements AccountStore {
  readonly #database: Database
  readonly #key: AccountKey

  constructor(database: Database, key: AccountKey) {
    this.#database = database
    this.#key = key
  }

  async get(controller: string, options: CallOptions = {}): Promise<ControllerAccount | undefined> {
    const [row] = await this.#database.query<Sealed>(
      'SELECT nonce, sealed FROM environs.accounts WHERE controller = $1',
      [controller],
      options,
    )
    if (!row) return undefined
    const document: unknown = JSON.parse(this.#key.open(row, controller))
    return accountsDocument.parse({ controllers: { [controller]: document } }).controllers[controller]
  }

  async put(controller: string, account: ControllerAccount): Promise<void> {
    const text = JSON.stringify(revealed(accountDocument(account)))
    const { nonce, sealed } = this.#key.seal(text, controller)
    await this.#database.query(
      `INSERT INTO environs.accounts VALUES ($1, $2, $3)
       ON CONFLICT (controller) DO UPDATE SET nonce = excluded.nonce, sealed = excluded.sealed`,
      [controller, nonce, sealed],
    )
  }

  async remove(controller: string): Promise<void> {
    await this.#database.query('DELETE FROM environs.accounts WHERE controller = $1', [controller])
  }
}
