/** The one file that knows the container library. It is loaded when a runtime is made, not before. */

import { hostname } from 'node:os'
import { join } from 'node:path'
import { Container, ContainerModule, type ContainerModuleLoadOptions } from 'inversify'
import { AgentFinder } from '../agents/finder.ts'
import { AgentDataSourceRegistry } from '../agents/index.ts'
import { Bootstrapper, FileAccountStore, FileControllerStore } from '../bootstrap/index.ts'
import { FileCloudStore } from '../cloud/cloud-store.ts'
import { FileCredentialStore } from '../cloud/credential-store.ts'
import { CloudFinder } from '../cloud/finder.ts'
import { EnvironsError, type HostEnvironment, type Logger } from '../environ/index.ts'
import { ImageFinder } from '../images/finder.ts'
import { ImageDataSourceRegistry } from '../images/index.ts'
import { JournalRunner } from '../durable/journal/index.ts'
import { Jobs } from '../jobs/index.ts'
import { Provisioner } from '../provisioner/index.ts'
import { allowAll, FileServerStore } from '../servers/index.ts'
import { ServerService } from '../servers/service.ts'
import type { EnvironsOptions } from './environs.ts'
import { systemClock } from './host/clock.ts'
import { proxyDialer, systemDialer } from './host/dialer.ts'
import { cacheDirectory, dataDirectory, processEnvironment } from './host/environment.ts'
import { systemRandom } from './host/random.ts'
import { providerPackages } from './plugins.ts'
import { Providers } from './provider-registry.ts'
import type { ServicesOf, Token } from './token.ts'
import { TOKENS } from './tokens.ts'

/** Registries that exist before the container, so that the global functions need not wait for one. */
export interface Registries {
  readonly providers: Providers
  readonly imageDataSources: ImageDataSourceRegistry
}

/** Options with what has no default here. */
export type ComposeOptions = EnvironsOptions & { readonly logger: Logger }

/** Gives a service. */
export type Resolve = <T>(token: Token<T>) => T

/** Binds a service to the factory that makes it once; the tokens give the factory's parameters their types. */
function provide<T, const Tokens extends readonly Token<unknown>[]>(
  { bind }: ContainerModuleLoadOptions,
  service: Token<T>,
  dependencies: Tokens,
  factory: (...services: ServicesOf<Tokens>) => T,
): void {
  bind(service.id)
    .toResolvedValue(
      factory as (...services: unknown[]) => unknown,
      dependencies.map(({ id }) => id),
    )
    .inSingletonScope()
}

/** What comes from outside, and may be replaced. */
const hostModule = (options: ComposeOptions): ContainerModule =>
  new ContainerModule((load) => {
    const directory = (host: HostEnvironment) => options.dataDir ?? dataDirectory(host)
    provide(load, TOKENS.logger, [], () => options.logger)
    provide(load, TOKENS.clock, [], () => options.clock ?? systemClock)
    provide(load, TOKENS.random, [], () => options.random ?? systemRandom)
    provide(load, TOKENS.host, [], () => options.host ?? processEnvironment())
    provide(
      load,
      TOKENS.providerServices,
      [TOKENS.logger, TOKENS.clock, TOKENS.random, TOKENS.host, TOKENS.dialer],
      (logger, clock, random, host, dialer) => ({
        logger,
        clock,
        random,
        host,
        dialer,
        dispatcher: options.dispatcher,
      }),
    )
    provide(
      load,
      TOKENS.controllers,
      [TOKENS.host],
      (host) => options.controllers ?? new FileControllerStore(directory(host)),
    )
    provide(
      load,
      TOKENS.cloudStore,
      [TOKENS.host, TOKENS.logger],
      (host, logger) => options.cloudStore ?? new FileCloudStore(directory(host), logger),
    )
    provide(
      load,
      TOKENS.credentialStore,
      [TOKENS.host],
      (host) => options.credentialStore ?? new FileCredentialStore(directory(host)),
    )
    provide(
      load,
      TOKENS.accounts,
      [TOKENS.host],
      (host) => options.accounts ?? new FileAccountStore(directory(host)),
    )
    provide(
      load,
      TOKENS.serverStore,
      [TOKENS.host],
      (host) => options.serverStore ?? new FileServerStore(directory(host)),
    )
    provide(
      load,
      TOKENS.runner,
      [TOKENS.host, TOKENS.clock, TOKENS.logger],
      (host, clock, logger) =>
        options.runner ?? new JournalRunner({ directory: join(directory(host), 'jobs'), clock, logger }),
    )
    provide(load, TOKENS.authorizer, [], () => options.authorizer ?? allowAll)
    provide(
      load,
      TOKENS.dialer,
      [TOKENS.host],
      ({ variables: { ENVIRONS_PROXY: proxy } }) =>
        options.dialer ?? (proxy ? proxyDialer(proxy) : systemDialer),
    )
  })

/** Providers and data sources. */
const registryModule = (
  { plugins = [], dataDir, dispatcher }: EnvironsOptions,
  registries?: Registries,
): ContainerModule =>
  new ContainerModule((load) => {
    provide(load, TOKENS.providers, [TOKENS.providerServices], (services) => {
      const providers = registries?.providers ?? new Providers()
      for (const plugin of plugins) {
        providers.registerProvider(plugin.create(services), plugin.type, ...(plugin.aliases ?? []))
      }
      return providers
    })
    provide(
      load,
      TOKENS.imageDataSources,
      [],
      () => registries?.imageDataSources ?? new ImageDataSourceRegistry(),
    )
    provide(
      load,
      TOKENS.images,
      [TOKENS.imageDataSources, TOKENS.host, TOKENS.clock, TOKENS.logger],
      (registry, host, clock, logger) =>
        new ImageFinder({
          registry,
          clock,
          logger,
          dataDirectory: dataDir ?? dataDirectory(host),
          dispatcher,
        }),
    )
    provide(load, TOKENS.agentDataSources, [], () => new AgentDataSourceRegistry())
    provide(
      load,
      TOKENS.agents,
      [TOKENS.agentDataSources, TOKENS.providerServices],
      (registry, { clock, dispatcher }) => new AgentFinder({ registry, clock, dispatcher }),
    )
    provide(
      load,
      TOKENS.clouds,
      [TOKENS.providers, TOKENS.cloudStore, TOKENS.credentialStore],
      (providers, clouds, credentials) => new CloudFinder(providers, { clouds, credentials }),
    )
  })

/** What is orchestrated from them. */
const orchestrationModule = new ContainerModule((load) => {
  provide(
    load,
    TOKENS.bootstrapper,
    [
      TOKENS.providers,
      TOKENS.controllers,
      TOKENS.accounts,
      TOKENS.host,
      TOKENS.clock,
      TOKENS.random,
      TOKENS.logger,
      TOKENS.dialer,
      TOKENS.agents,
      TOKENS.images,
    ],
    (providers, store, accounts, host, clock, random, logger, dialer, agents, images) =>
      new Bootstrapper({
        providers,
        store,
        accounts,
        clock,
        random,
        logger,
        dialer,
        agents,
        images,
        referenceAgent: async (os, options) =>
          await (await import('./reference-agent.ts')).referenceAgent(
            { cacheDir: cacheDirectory(host), providers: providerPackages(host.variables) },
            os,
            options,
          ),
      }),
  )
  provide(
    load,
    TOKENS.provisioner,
    [TOKENS.controllers, TOKENS.images, TOKENS.clock, TOKENS.random],
    (store, images, clock, random) => new Provisioner({ store, images, clock, random }),
  )
  provide(
    load,
    TOKENS.jobs,
    [TOKENS.runner, TOKENS.clouds, TOKENS.controllers, TOKENS.images, TOKENS.clock, TOKENS.random],
    (runner, clouds, store, images, clock, random) => ({
      of: (controllers) =>
        new Jobs({
          runner,
          clouds,
          controllers,
          provisioning: { store, images, clock, random },
          hostName: hostname(),
        }),
    }),
  )
  provide(
    load,
    TOKENS.servers,
    [TOKENS.serverStore, TOKENS.authorizer, TOKENS.clock, TOKENS.random],
    (store, standard, clock, random) => ({
      of: (environ, authorizer = standard) =>
        new ServerService({ environ, store, authorizer, clock, random }),
    }),
  )
})

/** Wires the services of one runtime. */
export function compose(options: ComposeOptions, registries?: Registries): Resolve {
  const container = new Container()
  container.load(hostModule(options), registryModule(options, registries), orchestrationModule)
  return <T>({ id }: Token<T>): T => {
    try {
      return container.get<T>(id)
    } catch (error) {
      if (error instanceof EnvironsError) throw error
      throw new EnvironsError(
        `cannot make the service ${id.description ?? ''}: ${(error as Error).message}`,
        { cause: error },
      )
    }
  }
}
