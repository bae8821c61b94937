import { findError, UnauthorizedError } from './errors.ts'
import type { CallOptions } from './options.ts'
import type { BatchResult } from './storage.ts'

/** Items of one batch that are under way at the same time. */
const AT_ONCE = 32

/** How the work of a batch is ended early. */
interface BatchOptions<R> extends CallOptions {
  /** Undoes what was done for an item, when the batch is aborted later. Its failures are not told. */
  readonly undo?: (done: R) => Promise<unknown>
}

/**
 * Does the work of a batch call: one result for each item, in order. A refused credential ends it: the items that were
 * not begun fail with the same error.
 * @throws the signal's reason, once all that was begun is over
 */
export async function batch<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  { signal, undo }: BatchOptions<R> = {},
): Promise<readonly BatchResult<R>[]> {
  const results: BatchResult<R>[] = []
  const left = items.entries()
  let refused: UnauthorizedError | undefined
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) {
      signal?.throwIfAborted()
      try {
        if (refused) throw refused
        results[index] = { ok: true, value: await work(item) }
      } catch (error) {
        refused ??= findError(error, UnauthorizedError)
        results[index] = { ok: false, error: error instanceof Error ? error : new Error(String(error)) }
      }
    }
  }
  await Promise.allSettled(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker))
  if (signal?.aborted && undo) {
    const done = results.flatMap((result) => (result.ok ? [result.value] : []))
    await Promise.allSettled(done.map(undo))
  }
  signal?.throwIfAborted()
  return results
}
