import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { lock as Lock } from 'proper-lockfile'
import { AlreadyExistsError, EnvironsError, NotFoundError, NotValidError } from '../environ/errors.ts'
import type { ControllerDetails, ControllerStore } from './controller-store.ts'

type Controllers = Readonly<Record<string, ControllerDetails>>

/** The file: the controllers, and whatever else a newer version keeps there. */
interface Document {
  readonly controllers: Controllers
}

const FILE = 'controllers.yaml'

/** Milliseconds. Longer in all than the 10 s after which the lock of a process that died is void. */
const LOCK_RETRIES = { retries: 65, minTimeout: 20, maxTimeout: 200, randomize: true }

const notFound = (name: string, controllers: Controllers): NotFoundError => {
  const names = Object.keys(controllers).sort()
  return new NotFoundError(`controller "${name}" not found`, {
    resource: `controller "${name}"`,
    hint:
      names.length > 0
        ? `the controllers are: ${names.join(', ')}`
        : 'there is no controller yet; bootstrap one',
  })
}

function lookUp(controllers: Controllers, name: string): ControllerDetails {
  const details = Object.hasOwn(controllers, name) ? controllers[name] : undefined
  if (!details) throw notFound(name, controllers)
  return details
}

async function parse(path: string, text: string): Promise<Document> {
  const [{ parse: parseYaml }, { controllersDocument }] = await Promise.all([
    import('yaml'),
    import('./file-format.ts'),
  ])
  const unreadable = (reason: string, cause: unknown) =>
    new NotValidError(`${path} cannot be read: ${reason}`, {
      cause,
      resource: path,
      hint: 'correct the file, or move it away if it holds no controller that is still running',
    })
  let document: unknown
  try {
    document = parseYaml(text) ?? {}
  } catch (error) {
    throw unreadable(String((error as Error).message.split('\n')[0]).replace(/:$/, ''), error)
  }
  const result = controllersDocument.safeParse(document)
  if (result.success) return result.data as unknown as Document
  const [issue] = result.error.issues
  throw unreadable(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, result.error)
}

/**
 * Keeps controllers in `controllers.yaml` in a directory of mode 0700. The file has mode 0600, is replaced as a whole,
 * and is locked while it is changed, so that several processes may use it.
 */
export class FileControllerStore implements ControllerStore {
  readonly directory: string
  readonly #path: string
  /** The last change that was asked for; the next one starts when it has ended. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(directory: string) {
    this.directory = directory
    this.#path = join(directory, FILE)
  }

  async all(): Promise<readonly ControllerDetails[]> {
    const { controllers } = await this.#read()
    return Object.values(controllers).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async get(name: string): Promise<ControllerDetails> {
    const { controllers } = await this.#read()
    return lookUp(controllers, name)
  }

  async add(details: ControllerDetails): Promise<void> {
    const { name } = details
    await this.#change((controllers) => {
      if (!Object.hasOwn(controllers, name)) return { ...controllers, [name]: details }
      throw new AlreadyExistsError(`controller "${name}" already exists`, {
        resource: `controller "${name}"`,
        hint: 'choose another name, or destroy that controller first',
      })
    })
  }

  async update(
    name: string,
    change: (details: ControllerDetails) => ControllerDetails,
  ): Promise<ControllerDetails> {
    const controllers = await this.#change((before) => ({ ...before, [name]: change(lookUp(before, name)) }))
    return lookUp(controllers, name)
  }

  async remove(name: string): Promise<void> {
    await this.#change((controllers) =>
      Object.fromEntries(Object.entries(controllers).filter(([known]) => known !== name)),
    )
  }

  async #read(): Promise<Document> {
    let text: string
    try {
      text = await readFile(this.#path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { controllers: {} }
      throw this.#failed('cannot be read', error)
    }
    return await parse(this.#path, text)
  }

  /** One after the other, so that this process never waits for its own lock: that is by chance, not in turn. */
  async #change(change: (controllers: Controllers) => Controllers): Promise<Controllers> {
    const changed = this.#last.then(() => this.#write(change))
    this.#last = changed.catch(() => undefined)
    return await changed
  }

  async #write(change: (controllers: Controllers) => Controllers): Promise<Controllers> {
    const [{ default: writeFileAtomic }, { default: lockfile }, { stringify }] = await Promise.all([
      import('write-file-atomic'),
      import('proper-lockfile'),
      import('yaml'),
    ])
    const release = await this.#lock(lockfile.lock)
    try {
      const document = await this.#read()
      const controllers = change(document.controllers)
      const text = stringify({ ...document, controllers })
      await writeFileAtomic(this.#path, text, { mode: 0o600, encoding: 'utf8' }).catch((error: unknown) => {
        throw this.#failed('cannot be written', error)
      })
      return controllers
    } finally {
      await release()
    }
  }

  /** The lock lies in the directory itself: its parent need not be writable. */
  async #lock(lock: typeof Lock): Promise<() => Promise<void>> {
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 })
      return await lock(this.directory, { lockfilePath: `${this.#path}.lock`, retries: LOCK_RETRIES })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw this.#failed('cannot be locked', error)
      throw new EnvironsError(`${this.#path} is locked by another process`, {
        cause: error,
        resource: this.#path,
        hint: 'wait until the other command is done and try again',
      })
    }
  }

  #failed(what: string, error: unknown): EnvironsError {
    return new EnvironsError(`${this.#path} ${what}: ${(error as Error).message}`, {
      cause: error,
      resource: this.#path,
      hint: 'see that this directory and its files are yours and can be written',
    })
  }
}
