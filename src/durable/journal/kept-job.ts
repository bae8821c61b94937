import type {
  Job,
  JobEvent,
  JobState,
  JobStatus,
  Json,
  TaskOutcome,
  TaskStatus,
} from '../../provisioner/durable-runner.ts'
import type { FirstLine, Line } from './line.ts'

/** A task, as far as its job's file tells. */
export interface KeptTask {
  readonly id: string
  readonly input: Json
  readonly begun: number
  /** What its steps gave, by name. */
  readonly steps: ReadonlyMap<string, Json>
  /** When its waits end, by their numbers. Milliseconds since the epoch. */
  readonly waits: ReadonlyMap<number, number>
  /** Whether somebody is at it, or may be. */
  readonly isUnderWay: boolean
  readonly outcome?: TaskOutcome
}

interface ChangingTask extends KeptTask {
  input: Json
  begun: number
  readonly steps: Map<string, Json>
  readonly waits: Map<number, number>
  isUnderWay: boolean
  outcome?: TaskOutcome
}

type OfTask = Extract<Line, { task: string }>
type Control = Exclude<Line, OfTask>

const CONTROL_MESSAGES: { readonly [K in Control['is']]: string } = {
  pause: 'paused',
  resume: 'resumed',
  cancel: 'being cancelled',
}

/** How far a job is: what the lines of its file come to, one after the other. */
export class KeptJob {
  readonly job: Job
  readonly handedInAt: number
  readonly #tasks: ReadonlyMap<string, ChangingTask>
  readonly #counts = { running: 0, succeeded: 0, failed: 0, cancelled: 0 }
  #isBegun = false
  #control: Control['is'] = 'resume'
  #state: JobState = 'waiting'
  #endedAt: number | undefined

  constructor({ job, tasks, at }: FirstLine) {
    this.job = job
    this.handedInAt = at
    this.#tasks = new Map(
      tasks.map(({ id, input }) => [
        id,
        { id, input, begun: 0, steps: new Map(), waits: new Map(), isUnderWay: false },
      ]),
    )
    this.#judge(at)
  }

  get state(): JobState {
    return this.#state
  }

  get isOver(): boolean {
    return this.#endedAt !== undefined
  }

  get status(): JobStatus {
    return {
      ...this.job,
      state: this.#state,
      tasks: { total: this.#tasks.size, ...this.#counts },
      ...(this.#endedAt === undefined ? {} : { endedAt: this.#endedAt }),
    }
  }

  /** In the order in which they were handed in. */
  get tasks(): readonly KeptTask[] {
    return [...this.#tasks.values()]
  }

  get taskStatuses(): readonly TaskStatus[] {
    return this.tasks.map(({ id, begun, outcome }) => ({ id, begun, ...(outcome && { outcome }) }))
  }

  task(id: string): KeptTask | undefined {
    return this.#tasks.get(id)
  }

  /** That it was handed in, as an event. */
  handedIn(seq: number): JobEvent {
    return { seq, at: this.handedInAt, message: 'handed in', state: this.#state }
  }

  /** Goes on with a line; gives the event that it is, if it is one. */
  apply(line: Line, seq: number): JobEvent | undefined {
    const before = this.#state
    const event = 'task' in line ? this.#applyToTask(line) : this.#applyControl(line)
    this.#judge(line.at)
    if (!event) return undefined
    return { seq, at: line.at, ...event, ...(this.#state === before ? {} : { state: this.#state }) }
  }

  #applyControl({ is }: Control): Pick<JobEvent, 'message'> | undefined {
    // Two processes may have asked at the same time.
    if (this.isOver || this.#control === 'cancel' || this.#control === is) return undefined
    this.#control = is
    return { message: CONTROL_MESSAGES[is] }
  }

  #applyToTask(line: OfTask): Pick<JobEvent, 'task' | 'message' | 'outcome'> | undefined {
    const task = this.#tasks.get(line.task)
    if (!task || task.outcome) return undefined
    switch (line.is) {
      case 'begun':
        this.#isBegun = true
        this.#setUnderWay(task, true)
        task.begun += 1
        return { task: task.id, message: task.begun === 1 ? 'begun' : 'begun again' }
      case 'rest':
        this.#setUnderWay(task, false)
        return undefined
      case 'step':
        task.steps.set(line.name, line.result)
        return undefined
      case 'wait':
        task.waits.set(line.wait, line.until)
        return undefined
      case 'report':
        return { task: task.id, message: line.message }
      case 'outcome':
        return this.#end(task, line.outcome as TaskOutcome)
    }
  }

  #setUnderWay(task: ChangingTask, isUnderWay: boolean): void {
    if (task.isUnderWay !== isUnderWay) this.#counts.running += isUnderWay ? 1 : -1
    task.isUnderWay = isUnderWay
  }

  #end(task: ChangingTask, outcome: TaskOutcome): Pick<JobEvent, 'task' | 'message' | 'outcome'> {
    const { status } = outcome
    this.#setUnderWay(task, false)
    this.#counts[status] += 1
    // Nobody asks for the rest of it again.
    task.outcome = outcome
    task.input = null
    task.steps.clear()
    task.waits.clear()
    return {
      task: task.id,
      message: outcome.status === 'failed' ? outcome.error.message : status,
      outcome: status,
    }
  }

  #judge(at: number): void {
    const { succeeded, failed, cancelled } = this.#counts
    if (succeeded + failed + cancelled === this.#tasks.size) {
      this.#endedAt ??= at
      this.#state = cancelled > 0 ? 'cancelled' : failed > 0 ? 'failed' : 'succeeded'
    } else if (this.#control === 'cancel') this.#state = 'cancelling'
    else if (this.#control === 'pause') this.#state = 'paused'
    else this.#state = this.#isBegun ? 'running' : 'waiting'
  }
}
