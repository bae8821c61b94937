/** Who of those that wait for a cloud is next. */

/** Places among those of one priority: far more than ever wait at one time. */
const PLACES = 2 ** 27

/** What waits for a cloud, of one priority. */
export interface Waiting {
  /** The first place that is taken; nothing when nobody waits. */
  readonly first?: number | undefined
  /** The last place that this model has. */
  readonly lastOfModel?: number | undefined
}

/**
 * Places for the tasks of a model that come to wait, smallest first. Each model's tasks have places of their own, from
 * where the others are now: who comes later with few does not wait for all of those who came with many (start-time fair
 * queueing, with tasks of equal length).
 */
export function fairPlaces({ first = 0, lastOfModel = -1 }: Waiting, count: number): readonly number[] {
  const from = Math.max(first, lastOfModel + 1)
  return Array.from({ length: count }, (_, index) => from + index)
}

/** One number for priority and place, below 2^31: the smallest is next. */
export const rank = (priority: number, place: number): number =>
  priority * PLACES + Math.min(place, PLACES - 1)
