import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { NotFoundError, NotValidError } from '../../environ/errors.ts'
import type { Job, Task } from '../../provisioner/durable-runner.ts'
import { JobFile } from './job-file.ts'
import type { KeptJob } from './kept-job.ts'
import { isAbsent, unavailable } from './unavailable.ts'

const SUFFIX = '.jsonl'
/** A job that is not all written yet. */
const UNFINISHED = '.part'
/** Milliseconds after which nobody writes it any more: an hour. */
const FORGOTTEN = 3_600_000

/** Ended jobs that are kept. */
const ENDED = 200

/** Characters of a file's name; file systems take 255. */
const LONGEST_NAME = 200

/** Some file systems do not tell capital letters from small ones. */
const fileName = (id: string): string =>
  `${id.replace(/[^a-z0-9_-]/gu, (character) => `%${Buffer.from(character).toString('hex')}`)}${SUFFIX}`

const notFound = (id: string): NotFoundError =>
  new NotFoundError(`job "${id}" not found`, {
    resource: `job "${id}"`,
    hint: 'list the jobs; of those that are over, only the newest are kept',
  })

const newestFirst = (a: KeptJob, b: KeptJob): number =>
  b.job.createdAt - a.job.createdAt || b.handedInAt - a.handedInAt || (a.job.id < b.job.id ? 1 : -1)

/** What is wrong with a job each of whose parts is right. */
function contradiction({ id }: Job, tasks: readonly Task[]): string | undefined {
  if (fileName(id).length > LONGEST_NAME) return 'its id is too long'
  if (new Set(tasks.map((task) => task.id)).size < tasks.length) return 'two of its tasks have the same id'
  return undefined
}

/** A directory of jobs, one file each; several processes may use it. */
export class Journal {
  readonly directory: string
  readonly #files = new Map<string, JobFile>()

  constructor(directory: string) {
    this.directory = directory
  }

  /** All of them, as they are now, the newest first. */
  async jobs(): Promise<readonly JobFile[]> {
    const names = (await this.#names()).filter((name) => name.endsWith(SUFFIX))
    const there = new Set(names)
    for (const name of this.#files.keys()) if (!there.has(name)) this.#files.delete(name)
    const files = await Promise.all(names.map(async (name) => this.#ended(name) ?? (await this.#file(name))))
    return files.filter((file) => file !== undefined).sort((a, b) => newestFirst(a.kept, b.kept))
  }

  /** A job as it is now. @throws NotFoundError */
  async job(id: string): Promise<JobFile> {
    const file = await this.#file(fileName(id))
    if (!file) throw notFound(id)
    return file
  }

  /** Where the file of a job is, if there is one. */
  path(id: string): string {
    return join(this.directory, fileName(id))
  }

  /** Keeps a job, unless there is one of its id. @throws NotValidError */
  async add(job: Job, tasks: readonly Task[], now: number): Promise<void> {
    const path = this.path(job.id)
    const text = await this.#text(job, tasks, now)
    const part = join(this.directory, `${randomUUID()}${UNFINISHED}`)
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 })
      await written(part, text)
      // Unlike a new name, a link never takes the place of a job that is there.
      await link(part, path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      })
      await synced(this.directory)
    } catch (error) {
      throw unavailable(path, 'cannot be written', error)
    } finally {
      await rm(part, { force: true }).catch(() => undefined)
    }
  }

  /** Removes ended jobs that are older than those that are kept, and what was never finished. */
  async prune(now: number): Promise<void> {
    const names = await this.#names()
    for (const name of names.filter((each) => each.endsWith(UNFINISHED))) {
      const path = join(this.directory, name)
      const since = await stat(path).catch(() => undefined)
      if (since && since.mtimeMs < now - FORGOTTEN) await rm(path, { force: true })
    }
    if (names.length <= ENDED) return
    const ended = (await this.jobs()).filter(({ kept }) => kept.isOver)
    for (const { path } of ended.slice(ENDED)) await rm(path, { force: true })
  }

  async #text(job: Job, tasks: readonly Task[], at: number): Promise<string> {
    const { FORMAT, firstLine } = await import('./line.ts')
    const text = JSON.stringify({ format: FORMAT, at, job, tasks })
    const { error } = firstLine.safeParse(JSON.parse(text))
    const [issue] = error?.issues ?? []
    const wrong = issue ? `${issue.path.join('.')}: ${issue.message}` : contradiction(job, tasks)
    if (!wrong) return `${text}\n`
    throw new NotValidError(`job "${job.id}" is not valid: ${wrong}`, {
      cause: error,
      resource: `job "${job.id}"`,
    })
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.directory)
    } catch (error) {
      if (isAbsent(error)) return []
      throw unavailable(this.directory, 'cannot be read', error)
    }
  }

  /** One that is over stays as it is. */
  #ended(name: string): JobFile | undefined {
    const file = this.#files.get(name)
    return file?.isRead && file.kept.isOver ? file : undefined
  }

  /** Nothing: there is none. */
  async #file(name: string): Promise<JobFile | undefined> {
    const path = join(this.directory, name)
    const file = this.#files.get(name) ?? new JobFile(path)
    this.#files.set(name, file)
    try {
      await file.refresh()
      return file
    } catch (error) {
      this.#files.delete(name)
      if (isAbsent(error)) return undefined
      throw error
    }
  }
}

async function written(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(text)
  await file.sync()
}

/** Has a directory remember its entries when the machine loses its power, where file systems know how. */
async function synced(directory: string): Promise<void> {
  try {
    await using handle = await open(directory, 'r')
    await handle.sync()
  } catch {
    // The job is there all the same.
  }
}
