/** Asynchronous transitions (BUILD → ACTIVE, deleting → gone). They never keep a process alive, and `clear` ends them all. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>()
  #closed = false

  after(milliseconds: number, act: () => void): void {
    if (this.#closed) return
    const timer = setTimeout(() => {
      this.#pending.delete(timer)
      act()
    }, milliseconds)
    timer.unref()
    this.#pending.add(timer)
  }

  clear(): void {
    this.#closed = true
    for (const timer of this.#pending) clearTimeout(timer)
    this.#pending.clear()
  }
}
