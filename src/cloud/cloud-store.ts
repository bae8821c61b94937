import { join } from 'node:path'
import { AlreadyExistsError, NotValidError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { Logger } from '../environ/services.ts'
import { type YamlContent, YamlFile } from '../files/yaml-file.ts'
import type { Cloud } from './cloud.ts'
import { CloudReader } from './cloud-reader.ts'

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

function checkName(name: string): void {
  if (NAME.test(name)) return
  throw new NotValidError(`"${name}" is not a name for a cloud`, {
    hint: 'use letters, digits, hyphens, dots and underscores, and begin with a letter or a digit',
  })
}

/** Keeps clouds in `clouds.yaml`, in Juju's format, in a directory of mode 0700. */
export class FileCloudStore implements CloudStore {
  readonly #file: YamlFile
  readonly #reader: CloudReader

  constructor(directory: string, logger: Logger) {
    this.#file = new YamlFile(join(directory, FILE))
    this.#reader = new CloudReader(this.#file, logger)
  }

  async all(): Promise<readonly Cloud[]> {
    return await this.#reader.all(await this.#file.read())
  }

  async get(name: string): Promise<Cloud> {
    return await this.#reader.get(name, await this.#file.read())
  }

  async add(cloud: Cloud): Promise<void> {
    checkName(cloud.name)
    await this.#write(cloud, (content) => {
      if (!content.keys(this.#reader.root(content)).includes(cloud.name)) return
      throw new AlreadyExistsError(`cloud "${cloud.name}" already exists`, {
        resource: `cloud "${cloud.name}"`,
        hint: 'choose another name, or update that cloud',
      })
    })
  }

  async update(cloud: Cloud): Promise<void> {
    await this.#write(cloud, (content) => this.#reader.checkKnown(cloud.name, content))
  }

  async remove(name: string): Promise<void> {
    await this.#file.change((content) => content.set([...this.#reader.root(content), name], undefined))
  }

  async #write(cloud: Cloud, check: (content: YamlContent) => void): Promise<void> {
    const { cloudEntries } = await import('./cloud-file.ts')
    await this.#file.change((content) => {
      const path = [...this.#reader.root(content), cloud.name]
      check(content)
      // One by one, so that entries of a newer version stay.
      for (const [key, value] of Object.entries(cloudEntries(cloud))) content.set([...path, key], value)
    })
  }
}
