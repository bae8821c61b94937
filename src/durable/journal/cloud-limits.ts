import { type CloudLimit, DEFAULT_LIMITS, type Job } from '../../provisioner/durable-runner.ts'

/** Whose limits hold for a job. */
export type Limited = Pick<Job, 'cloud' | 'kind'>

const keyOf = ({ cloud, kind }: Limited): string => `${kind} ${cloud}`

/** What is under way on a cloud. Times are milliseconds since the epoch. */
interface UnderWay {
  count: number
  /** When the next one may be begun. */
  nextAt: number
  heldUntil: number
}

/** Counts what is under way on each cloud, and tells when more of it may be begun. */
export class CloudLimits {
  #limits: ReadonlyMap<string, CloudLimit> = new Map()
  readonly #underWay = new Map<string, UnderWay>()

  set(limits: readonly CloudLimit[]): void {
    this.#limits = new Map(limits.map((limit) => [keyOf(limit), limit]))
  }

  /** When the next one may be begun; infinite: not before one of them is over. */
  nextAt(of: Limited): number {
    const { atOnce, atOncePerWorker } = this.#limit(of)
    const { count, nextAt } = this.#of(of)
    return count < Math.min(atOnce, atOncePerWorker) ? nextAt : Number.POSITIVE_INFINITY
  }

  begin(of: Limited, now: number): void {
    const { perSecond } = this.#limit(of)
    const underWay = this.#of(of)
    underWay.count += 1
    if (perSecond !== undefined) underWay.nextAt = now + 1000 / perSecond
  }

  end(of: Limited): void {
    this.#of(of).count -= 1
  }

  holdBack(of: Limited, until: number): void {
    const underWay = this.#of(of)
    underWay.heldUntil = Math.max(underWay.heldUntil, until)
  }

  heldUntil(of: Limited): number {
    return this.#of(of).heldUntil
  }

  #limit(of: Limited): Omit<CloudLimit, 'cloud' | 'kind'> {
    return this.#limits.get(keyOf(of)) ?? DEFAULT_LIMITS[of.kind]
  }

  #of(of: Limited): UnderWay {
    const key = keyOf(of)
    const known = this.#underWay.get(key) ?? { count: 0, nextAt: 0, heldUntil: 0 }
    this.#underWay.set(key, known)
    return known
  }
}
