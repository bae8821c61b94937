import {
  AlreadyExistsError,
  type EnvironProvider,
  NotFoundError,
  type ProviderRegistry,
} from '../environ/index.ts'

/** The providers of one runtime, by type and by alias. */
export class Providers implements ProviderRegistry {
  readonly #providers = new Map<string, EnvironProvider>()
  readonly #aliases = new Map<string, string>()

  registerProvider(provider: EnvironProvider, type: string, ...aliases: readonly string[]): () => void {
    const names = [type, ...aliases]
    for (const [index, name] of names.entries()) {
      if (!this.#providers.has(name) && !this.#aliases.has(name) && names.indexOf(name) === index) continue
      throw new AlreadyExistsError(`duplicate provider ${index === 0 ? 'name' : 'alias'} "${name}"`, {
        operation: 'registerProvider',
        resource: `provider "${name}"`,
        hint: 'register each provider once, under names that no other one has',
      })
    }
    this.#providers.set(type, provider)
    for (const alias of aliases) this.#aliases.set(alias, type)
    let registered = true
    return () => {
      if (!registered) return
      registered = false
      this.#providers.delete(type)
      for (const alias of aliases) this.#aliases.delete(alias)
    }
  }

  registeredProviders(): readonly string[] {
    return [...this.#providers.keys()].sort()
  }

  provider(typeOrAlias: string): EnvironProvider {
    const provider = this.#providers.get(this.#aliases.get(typeOrAlias) ?? typeOrAlias)
    if (provider) return provider
    const types = this.registeredProviders()
    throw new NotFoundError(`no registered provider for "${typeOrAlias}"`, {
      resource: `provider "${typeOrAlias}"`,
      hint:
        types.length > 0 ? `the registered providers are: ${types.join(', ')}` : 'no provider is registered',
    })
  }
}
