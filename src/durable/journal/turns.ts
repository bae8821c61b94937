import { fairPlaces, rank } from '../../provisioner/fair-order.ts'
import type { Limited } from './cloud-limits.ts'
import type { JobFile } from './job-file.ts'
import type { KeptTask } from './kept-job.ts'

/** The tasks of a job that nobody is at. */
interface WaitingJob {
  readonly file: JobFile
  /** Begun before; they go first. */
  readonly again: string[]
  /** Not begun yet, each with its place, the last one first. */
  readonly fresh: { readonly id: string; readonly place: number }[]
}

/** Whose turn it is. */
export interface Turn {
  readonly file: JobFile
  readonly taskId: string
}

/** No task that was begun before has a smaller one. */
const AGAIN = -1

const nextPlace = ({ fresh }: WaitingJob): number => fresh.at(-1)?.place ?? 0
const lastPlace = ({ fresh }: WaitingJob): number => fresh[0]?.place ?? -1

function rankOf(job: WaitingJob): number {
  return job.again.length > 0 ? AGAIN : rank(job.file.kept.job.priority, nextPlace(job))
}

const isSameQueue = (a: JobFile, b: JobFile): boolean =>
  a.kept.job.cloud === b.kept.job.cloud &&
  a.kept.job.kind === b.kept.job.kind &&
  a.kept.job.priority === b.kept.job.priority

/** Tasks that wait, and whose turn it is. */
export class Turns {
  readonly #jobs = new Map<JobFile, WaitingJob>()

  has(file: JobFile): boolean {
    return this.#jobs.has(file)
  }

  /** Has tasks of a job wait behind those of its model, and beside those of others. */
  add(file: JobFile, tasks: readonly KeptTask[]): void {
    const again = tasks.filter(({ begun }) => begun > 0).map(({ id }) => id)
    const fresh = tasks.filter(({ begun }) => begun === 0)
    const others = [...this.#jobs.values()].filter(
      (job) => job.fresh.length > 0 && isSameQueue(job.file, file),
    )
    const ofModel = others.filter((job) => job.file.kept.job.model === file.kept.job.model)
    const waiting = {
      first: others.length > 0 ? Math.min(...others.map(nextPlace)) : undefined,
      lastOfModel: ofModel.length > 0 ? Math.max(...ofModel.map(lastPlace)) : undefined,
    }
    const places = fairPlaces(waiting, fresh.length)
    this.#jobs.set(file, {
      file,
      again,
      fresh: fresh.map(({ id }, index) => ({ id, place: places[index] ?? 0 })).reverse(),
    })
  }

  /** Has a task wait that was begun before, if its job does. */
  again({ file, taskId }: Turn): void {
    this.#jobs.get(file)?.again.push(taskId)
  }

  remove(file: JobFile): void {
    this.#jobs.delete(file)
  }

  /** Takes the next task of those on clouds that are not busy. */
  next(isBusy: (of: Limited) => boolean): Turn | undefined {
    let next: WaitingJob | undefined
    for (const job of this.#jobs.values()) {
      if (!hasTasks(job) || isBusy(job.file.kept.job)) continue
      if (!next || rankOf(job) < rankOf(next)) next = job
    }
    const taskId = next && (next.again.shift() ?? next.fresh.pop()?.id)
    return next && taskId !== undefined ? { file: next.file, taskId } : undefined
  }

  /** Whether somebody waits. */
  get isEmpty(): boolean {
    return ![...this.#jobs.values()].some(hasTasks)
  }
}

/** One that was paused a moment ago has none. */
const hasTasks = ({ file, again, fresh }: WaitingJob): boolean =>
  file.kept.state !== 'paused' && again.length + fresh.length > 0
