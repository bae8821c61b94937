import { join } from 'node:path'
import { AlreadyExistsError, EnvironsError, NotFoundError, NotValidError } from '../environ/errors.ts'
import { didYouMean } from '../environ/nearest.ts'
import type { CallOptions } from '../environ/options.ts'
import type { Logger } from '../environ/services.ts'
import { type YamlContent, YamlFile, type YamlPath } from '../files/yaml-file.ts'
import type { Cloud } from './cloud.ts'
import type * as CloudFile from './cloud-file.ts'

/** Keeps the clouds that a user added on this client (Juju: `PersonalCloudMetadata`). */
export interface CloudStore {
  /** In the order that they were added. One with a mistake in it is left out with a warning. */
  all(options?: CallOptions): Promise<readonly Cloud[]>
  /** @throws NotFoundError listing the clouds, NotValidError when there is a mistake in it */
  get(name: string, options?: CallOptions): Promise<Cloud>
  /** @throws AlreadyExistsError, NotValidError for a name that is none */
  add(cloud: Cloud): Promise<void>
  /** @throws NotFoundError */
  update(cloud: Cloud): Promise<void>
  /** A name that is not there is no error. */
  remove(name: string): Promise<void>
}

const FILE = 'clouds.yaml'

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/

/** The clouds are below `clouds`, or are the whole file. */
const root = (content: YamlContent): YamlPath =>
  content.keys([]).length === 0 || content.keys([]).includes('clouds') ? ['clouds'] : []

const below = (data: unknown, path: YamlPath): unknown =>
  path.reduce(
    (value, key) =>
      value !== null && typeof value === 'object' && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined,
    data,
  )

const isMap = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function checkName(name: string): void {
  if (NAME.test(name)) return
  throw new NotValidError(`"${name}" is not a name for a cloud`, {
    hint: 'use letters, digits, hyphens, dots and underscores, and begin with a letter or a digit',
  })
}

/** Keeps clouds in `clouds.yaml`, in Juju's format, in a directory of mode 0700. */
export class FileCloudStore implements CloudStore {
  readonly #file: YamlFile
  readonly #logger: Logger
  readonly #told = new Set<string>()

  constructor(directory: string, logger: Logger) {
    this.#file = new YamlFile(join(directory, FILE))
    this.#logger = logger
  }

  async all(): Promise<readonly Cloud[]> {
    const [content, format] = await this.#load()
    return content.keys(root(content)).flatMap((name) => {
      try {
        return [this.#cloud(name, content, format)]
      } catch (error) {
        if (!(error instanceof EnvironsError)) throw error
        this.#warn(error.message)
        return []
      }
    })
  }

  async get(name: string): Promise<Cloud> {
    const [content, format] = await this.#load()
    this.#checkKnown(name, content)
    return this.#cloud(name, content, format)
  }

  async add(cloud: Cloud): Promise<void> {
    checkName(cloud.name)
    await this.#write(cloud, (content) => {
      if (!content.keys(root(content)).includes(cloud.name)) return
      throw new AlreadyExistsError(`cloud "${cloud.name}" already exists`, {
        resource: `cloud "${cloud.name}"`,
        hint: 'choose another name, or update that cloud',
      })
    })
  }

  async update(cloud: Cloud): Promise<void> {
    await this.#write(cloud, (content) => this.#checkKnown(cloud.name, content))
  }

  async remove(name: string): Promise<void> {
    await this.#file.change((content) => content.set([...this.#root(content), name], undefined))
  }

  async #load(): Promise<[YamlContent, typeof CloudFile]> {
    const [content, format] = await Promise.all([this.#file.read(), import('./cloud-file.ts')])
    this.#root(content)
    return [content, format]
  }

  /** @throws NotValidError when there is something else than clouds */
  #root(content: YamlContent): YamlPath {
    const path = root(content)
    if (isMap(content.data) && isMap(below(content.data, path) ?? {})) return path
    throw this.#file.unreadable('it is not a map of clouds')
  }

  #cloud(name: string, content: YamlContent, { parseCloud, cloudWarnings }: typeof CloudFile): Cloud {
    const place = { name, content, path: [...root(content), name] }
    try {
      const cloud = parseCloud(below(content.data, place.path), place)
      for (const { message, line } of cloudWarnings(place)) {
        this.#warn(`${this.#file.path}, line ${line}: ${message}`)
      }
      return cloud
    } catch (error) {
      throw this.#file.unreadable((error as Error).message)
    }
  }

  #checkKnown(name: string, content: YamlContent): void {
    const names = content.keys(this.#root(content))
    if (names.includes(name)) return
    throw new NotFoundError(`cloud "${name}" not found${didYouMean(name, names)}`, {
      resource: `cloud "${name}"`,
      hint: names.length > 0 ? `the clouds are: ${names.join(', ')}` : 'there is no cloud yet; add one',
    })
  }

  async #write(cloud: Cloud, check: (content: YamlContent) => void): Promise<void> {
    const { cloudEntries } = await import('./cloud-file.ts')
    await this.#file.change((content) => {
      const path = [...this.#root(content), cloud.name]
      check(content)
      // One by one, so that entries of a newer version stay.
      for (const [key, value] of Object.entries(cloudEntries(cloud))) content.set([...path, key], value)
    })
  }

  /** Once: a file is read many times. */
  #warn(message: string): void {
    if (this.#told.has(message)) return
    this.#told.add(message)
    this.#logger.warn(message)
  }
}
