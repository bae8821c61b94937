import { EnvironsError, NotFoundError } from '../environ/errors.ts'
import { didYouMean } from '../environ/nearest.ts'
import type { Logger } from '../environ/services.ts'
import type { YamlContent, YamlFile, YamlPath } from '../files/yaml-file.ts'
import type { Cloud } from './cloud.ts'

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

/** Reads clouds from the content of a file in the format of Juju's `clouds.yaml`. */
export class CloudReader {
  readonly #file: YamlFile
  readonly #logger: Logger
  readonly #told = new Set<string>()

  constructor(file: YamlFile, logger: Logger) {
    this.#file = file
    this.#logger = logger
  }

  /** In the order that they stand in. One with a mistake in it is left out with a warning. */
  async all(content: YamlContent): Promise<readonly Cloud[]> {
    const clouds: Cloud[] = []
    for (const name of content.keys(this.root(content))) {
      try {
        clouds.push(await this.#cloud(name, content))
      } catch (error) {
        if (!(error instanceof EnvironsError)) throw error
        this.#warn(error.message)
      }
    }
    return clouds
  }

  /** @throws NotFoundError listing the clouds, NotValidError when there is a mistake in it */
  async get(name: string, content: YamlContent): Promise<Cloud> {
    this.checkKnown(name, content)
    return await this.#cloud(name, content)
  }

  /** @throws NotFoundError listing the clouds */
  checkKnown(name: string, content: YamlContent): void {
    const names = content.keys(this.root(content))
    if (names.includes(name)) return
    throw new NotFoundError(`cloud "${name}" not found${didYouMean(name, names)}`, {
      resource: `cloud "${name}"`,
      hint: names.length > 0 ? `the clouds are: ${names.join(', ')}` : 'there is no cloud yet; add one',
    })
  }

  /**
   * Where the clouds stand: below `clouds`, or they are the whole file.
   * @throws NotValidError when there is something else than clouds
   */
  root(content: YamlContent): YamlPath {
    const keys = content.keys([])
    const path = keys.length === 0 || keys.includes('clouds') ? ['clouds'] : []
    if (isMap(content.data) && isMap(below(content.data, path) ?? {})) return path
    throw this.#file.unreadable('it is not a map of clouds')
  }

  async #cloud(name: string, content: YamlContent): Promise<Cloud> {
    const { parseCloud, cloudWarnings } = await import('./cloud-file.ts')
    const place = { name, content, path: [...this.root(content), name] }
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

  /** Once: a file is read many times. */
  #warn(message: string): void {
    if (this.#told.has(message)) return
    this.#told.add(message)
    this.#logger.warn(message)
  }
}
