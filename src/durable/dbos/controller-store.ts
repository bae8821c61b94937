import type { PoolClient } from 'pg'
import { controllerExists, controllerNotFound } from '../../bootstrap/controller-errors.ts'
import type { ControllerDetails, ControllerStore, MachineRecord } from '../../bootstrap/controller-store.ts'
import { controllersDocument } from '../../bootstrap/file-format.ts'
import { Secret } from '../../cloud/secret.ts'
import { NotSupportedError, NotValidError } from '../../environ/errors.ts'
import type { Database } from './database.ts'
import { resourceOf } from './failures.ts'

interface ControllerRow {
  readonly name: string
  /** Without machines, which have rows of their own; an empty map stands for them. */
  readonly details: object
  readonly machines: Readonly<Record<string, MachineRecord>> | null
}

const CONTROLLERS = `
  SELECT name, details,
         (SELECT json_object_agg(id, record) FROM environs.machines WHERE controller = name) AS machines
    FROM environs.controllers`

type Machines = Readonly<Record<string, MachineRecord>>

/** A secret would be there for all to read, or hide itself and be lost. @throws NotSupportedError */
function refuseSecrets(this: Readonly<Record<string, unknown>>, name: string, value: unknown): unknown {
  if (!(this[name] instanceof Secret)) return value
  throw new NotSupportedError(`attribute "${name}" is secret and is not kept in a database`, {
    hint: 'leave it out of the configuration of the controller',
  })
}

const apart = ({ machines, ...rest }: ControllerDetails) => ({
  details: JSON.stringify({ ...rest, ...(machines && { machines: {} }) }, refuseSecrets),
  machines: machines ?? {},
})

/** Keeps controllers in PostgreSQL: what changes of one is written, and the controller is locked meanwhile. */
export class PostgresControllerStore implements ControllerStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async all(): Promise<readonly ControllerDetails[]> {
    const rows = await this.#database.query<ControllerRow>(CONTROLLERS)
    return this.#validated(rows).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async get(name: string): Promise<ControllerDetails> {
    const rows = await this.#database.query<ControllerRow>(`${CONTROLLERS} WHERE name = $1`, [name])
    const [details] = this.#validated(rows)
    if (details) return details
    const known = await this.#database.query<{ name: string }>('SELECT name FROM environs.controllers')
    throw controllerNotFound(
      name,
      known.map((row) => row.name),
    )
  }

  async add(controller: ControllerDetails): Promise<void> {
    const { details, machines } = apart(controller)
    await this.#database.transaction(async (client) => {
      const { rowCount } = await client.query(
        'INSERT INTO environs.controllers VALUES ($1, $2) ON CONFLICT (name) DO NOTHING',
        [controller.name, details],
      )
      if (rowCount === 0) throw controllerExists(controller.name)
      await this.#writeMachines(client, controller.name, {}, machines)
    })
  }

  async update(
    name: string,
    change: (details: ControllerDetails) => ControllerDetails,
  ): Promise<ControllerDetails> {
    return await this.#database.transaction(async (client) => {
      await client.query('SELECT FROM environs.controllers WHERE name = $1 FOR UPDATE', [name])
      // A statement of its own: it sees what whoever had the lock before has written.
      const { rows } = await client.query<ControllerRow>(`${CONTROLLERS} WHERE name = $1`, [name])
      const [before] = this.#validated(rows)
      if (!before) {
        const known = await client.query<{ name: string }>('SELECT name FROM environs.controllers')
        throw controllerNotFound(
          name,
          known.rows.map((row) => row.name),
        )
      }
      const after = change(before)
      const [old, changed] = [apart(before), apart(after)]
      if (old.details !== changed.details) {
        await client.query('UPDATE environs.controllers SET details = $2 WHERE name = $1', [
          name,
          changed.details,
        ])
      }
      await this.#writeMachines(client, name, old.machines, changed.machines)
      return after
    })
  }

  async remove(name: string): Promise<void> {
    await this.#database.query('DELETE FROM environs.controllers WHERE name = $1', [name])
  }

  async #writeMachines(client: PoolClient, name: string, before: Machines, after: Machines): Promise<void> {
    const gone = Object.keys(before).filter((id) => !Object.hasOwn(after, id))
    const changed = Object.entries(after)
      .map(([id, record]) => [id, JSON.stringify(record)] as const)
      .filter(([id, record]) => JSON.stringify(before[id]) !== record)
    if (gone.length > 0) {
      await client.query('DELETE FROM environs.machines WHERE controller = $1 AND id = ANY ($2)', [
        name,
        gone,
      ])
    }
    if (changed.length > 0) {
      await client.query(
        `INSERT INTO environs.machines
         SELECT $1, id, record::json FROM unnest($2::text[], $3::text[]) AS machine (id, record)
         ON CONFLICT (controller, id) DO UPDATE SET record = excluded.record`,
        [name, changed.map(([id]) => id), changed.map(([, record]) => record)],
      )
    }
  }

  #validated(rows: readonly ControllerRow[]): ControllerDetails[] {
    const controllers = Object.fromEntries(
      rows.map(({ name, details, machines }) => [name, { ...details, ...(machines && { machines }) }]),
    )
    const result = controllersDocument.safeParse({ controllers })
    if (result.success) return Object.values(result.data.controllers) as unknown as ControllerDetails[]
    const [issue] = result.error.issues
    const resource = resourceOf(this.#database.place)
    throw new NotValidError(
      `${resource} cannot be read: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
      { cause: result.error, resource, hint: 'correct the table environs.controllers' },
    )
  }
}
