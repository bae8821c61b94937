import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AlreadyExistsError, EnvironsError, NotFoundError, NotValidError } from '../environ/errors.ts'
import type { ControllerDetails, ControllerStore } from './controller-store.ts'

type Controllers = Readonly<Record<string, ControllerDetails>>

const FILE = 'controllers.yaml'

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

async function parse(path: string, text: string): Promise<Controllers> {
  const [{ parse: parseYaml }, { controllersDocument }] = await Promise.all([
    import('yaml'),
    import('./file-format.ts'),
  ])
  try {
    return controllersDocument.parse(parseYaml(text)).controllers as unknown as Controllers
  } catch (error) {
    throw new NotValidError(`${path} cannot be read: ${(error as Error).message.split('\n')[0]}`, {
      cause: error,
      resource: path,
      hint: 'correct the file, or move it away if it holds no controller that is still running',
    })
  }
}

/**
 * Keeps controllers in `controllers.yaml` in a directory of mode 0700. The file has mode 0600, is replaced as a whole,
 * and is locked while it is changed, so that several processes may use it.
 */
export class FileControllerStore implements ControllerStore {
  readonly directory: string
  readonly #path: string

  constructor(directory: string) {
    this.directory = directory
    this.#path = join(directory, FILE)
  }

  async all(): Promise<readonly ControllerDetails[]> {
    return Object.values(await this.#read()).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async get(name: string): Promise<ControllerDetails> {
    const controllers = await this.#read()
    const details = controllers[name]
    if (!details) throw notFound(name, controllers)
    return details
  }

  async add(details: ControllerDetails): Promise<void> {
    await this.#change((controllers) => {
      if (controllers[details.name]) {
        throw new AlreadyExistsError(`controller "${details.name}" already exists`, {
          resource: `controller "${details.name}"`,
          hint: 'choose another name, or destroy that controller first',
        })
      }
      return { ...controllers, [details.name]: details }
    })
  }

  async update(
    name: string,
    change: (details: ControllerDetails) => ControllerDetails,
  ): Promise<ControllerDetails> {
    const controllers = await this.#change((before) => {
      const details = before[name]
      if (!details) throw notFound(name, before)
      return { ...before, [name]: change(details) }
    })
    return controllers[name] as ControllerDetails
  }

  async remove(name: string): Promise<void> {
    await this.#change(({ [name]: _, ...others }) => others)
  }

  async #read(): Promise<Controllers> {
    try {
      return await parse(this.#path, await readFile(this.#path, 'utf8'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
      throw error
    }
  }

  async #change(change: (controllers: Controllers) => Controllers): Promise<Controllers> {
    const [{ default: writeFileAtomic }, { default: lockfile }, { stringify }] = await Promise.all([
      import('write-file-atomic'),
      import('proper-lockfile'),
      import('yaml'),
    ])
    await mkdir(this.directory, { recursive: true, mode: 0o700 })
    const release = await this.#lock(lockfile.lock)
    try {
      const controllers = change(await this.#read())
      await writeFileAtomic(this.#path, stringify({ controllers }), { mode: 0o600, encoding: 'utf8' })
      return controllers
    } finally {
      await release()
    }
  }

  async #lock(lock: typeof import('proper-lockfile').lock): Promise<() => Promise<void>> {
    try {
      return await lock(this.directory, { retries: { retries: 50, minTimeout: 20, maxTimeout: 200 } })
    } catch (error) {
      throw new EnvironsError(`${this.#path} is locked by another process`, {
        cause: error,
        resource: this.#path,
        hint: 'wait until the other command is done and try again',
      })
    }
  }
}
