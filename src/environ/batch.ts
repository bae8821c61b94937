import { findError, UnauthorizedError } from './errors.ts'
import type { CallOptions } from './options.ts'
import type { BatchResult } from './storage.ts'

/** Items of one batch that are under way at the same time. */
const AT_ONCE = 32

/**
 * Does the work of a batch call: one result for each item, in order. A refused credential ends it: the items that were
 * not begun fail with the same error. @throws the signal's reason, when all that was begun is over
 */
export async function batch<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  { signal }: CallOptions = {},
): Promise<readonly BatchResult<R>[]> {
  const results: BatchResult<R>[] = []
  let refused: Error | undefined
  const left = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) {
      if (signal?.aborted) return
      results[index] = refused ? { ok: false, error: refused } : await outcome(work, item)
      const { error } = { error: undefined, ...results[index] }
      if (findError(error, UnauthorizedError)) refused = error
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker))
  signal?.throwIfAborted()
  return results
}

async function outcome<T, R>(work: (item: T) => Promise<R>, item: T): Promise<BatchResult<R>> {
  try {
    return { ok: true, value: await work(item) }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error : new Error(String(error), { cause: error }) }
  }
}
