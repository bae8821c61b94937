import type { AccountStore, ControllerAccount } from 'cloud-environs'

/** Keeps them in memory, as long as the process lives. */
export class MemoryAccountStore implements AccountStore {
  readonly #accounts = new Map<string, ControllerAccount>()

  get(controller: string): Promise<ControllerAccount | undefined> {
    return Promise.resolve(this.#accounts.get(controller))
  }

  put(controller: string, account: ControllerAccount): Promise<void> {
    this.#accounts.set(controller, account)
    return Promise.resolve()
  }

  remove(controller: string): Promise<void> {
    this.#accounts.delete(controller)
    return Promise.resolve()
  }
}
