import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EnvironsError, NotValidError, UnavailableError } from '../../environ/errors.ts'
import { type YamlContent, YamlFile } from '../../files/yaml-file.ts'
import type { CloudLimit } from '../../provisioner/durable-runner.ts'
import type * as Format from './limits-format.ts'

const FILE = 'limits.yaml'

const isSame = (a: CloudLimit, b: CloudLimit): boolean => a.cloud === b.cloud && a.kind === b.kind

/** Keeps limits in `limits.yaml`. */
export class LimitsFile {
  readonly #file: YamlFile
  #stamp = ''

  constructor(directory: string) {
    this.#file = new YamlFile(join(directory, FILE), { hint: 'correct the file, or remove it' })
  }

  async all(): Promise<readonly CloudLimit[]> {
    const [content, format] = await Promise.all([this.#file.read(), import('./limits-format.ts')])
    return this.#validated(content, format)
  }

  /** All of them, when they may have changed since they were last asked for. */
  async changed(): Promise<readonly CloudLimit[] | undefined> {
    const entry = await stat(this.#file.path).catch(() => undefined)
    const stamp = entry ? `${entry.ino} ${entry.size} ${entry.mtimeMs}` : ''
    if (stamp === this.#stamp) return undefined
    this.#stamp = stamp
    return await this.all()
  }

  /** @throws NotValidError, UnavailableError */
  async set(limit: CloudLimit): Promise<void> {
    const format = await import('./limits-format.ts')
    const { error, data } = format.cloudLimit.safeParse(limit)
    if (error) {
      const [issue] = error.issues
      throw new NotValidError(
        `the limit of "${limit.cloud}" is not valid: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
        { cause: error, resource: `limit of "${limit.cloud}"` },
      )
    }
    const edit = (content: YamlContent): void => {
      const others = this.#validated(content, format).filter((each) => !isSame(each, limit))
      content.set(['limits'], [...others, data])
    }
    await this.#file.change(edit).catch(unreachable)
  }

  #validated({ data }: YamlContent, { limitsDocument }: typeof Format): readonly CloudLimit[] {
    const result = limitsDocument.safeParse(data)
    if (result.success) return result.data.limits
    const [issue] = result.error.issues
    throw this.#file.unreadable(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, result.error)
  }
}

function unreachable(error: unknown): never {
  if (!(error instanceof EnvironsError) || error.code !== EnvironsError.code) throw error
  const { message, resource, hint } = error
  throw new UnavailableError(message, { cause: error, ...(resource && { resource }), ...(hint && { hint }) })
}
