import { join } from 'node:path'
import { type YamlContent, YamlFile } from '../files/yaml-file.ts'
import { controllerExists, controllerNotFound } from './controller-errors.ts'
import type { ControllerDetails, ControllerStore } from './controller-store.ts'
import type * as FileFormat from './file-format.ts'

type Controllers = Readonly<Record<string, ControllerDetails>>

const FILE = 'controllers.yaml'

function lookUp(controllers: Controllers, name: string): ControllerDetails {
  const details = Object.hasOwn(controllers, name) ? controllers[name] : undefined
  if (!details) throw controllerNotFound(name, Object.keys(controllers))
  return details
}

/**
 * Keeps controllers in `controllers.yaml` in a directory of mode 0700; several processes may use it.
 */
export class FileControllerStore implements ControllerStore {
  readonly directory: string
  readonly #file: YamlFile

  constructor(directory: string) {
    this.directory = directory
    this.#file = new YamlFile(join(directory, FILE), {
      hint: 'correct the file, or move it away if it holds no controller that is still running',
    })
  }

  async all(): Promise<readonly ControllerDetails[]> {
    return Object.values(await this.#read()).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async get(name: string): Promise<ControllerDetails> {
    return lookUp(await this.#read(), name)
  }

  async add(details: ControllerDetails): Promise<void> {
    const { name } = details
    await this.#change((controllers) => {
      if (!Object.hasOwn(controllers, name)) return { ...controllers, [name]: details }
      throw controllerExists(name)
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

  async #read(): Promise<Controllers> {
    const [content, format] = await Promise.all([this.#file.read(), import('./file-format.ts')])
    return this.#validated(content, format)
  }

  async #change(change: (controllers: Controllers) => Controllers): Promise<Controllers> {
    const format = await import('./file-format.ts')
    return await this.#file.change((content) => {
      const controllers = change(this.#validated(content, format))
      content.set(['controllers'], controllers)
      return controllers
    })
  }

  #validated({ data }: YamlContent, { controllersDocument }: typeof FileFormat): Controllers {
    const result = controllersDocument.safeParse(data)
    if (result.success) return result.data.controllers as unknown as Controllers
    const [issue] = result.error.issues
    throw this.#file.unreadable(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, result.error)
  }
}
