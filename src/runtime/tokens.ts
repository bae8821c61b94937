import type { AgentDataSourceRegistry, AgentFinder } from '../agents/index.ts'
import type { AccountStore, Bootstrapper, ControllerStore } from '../bootstrap/index.ts'
import type { CloudFinder } from '../cloud/finder.ts'
import type { CloudStore, CredentialStore } from '../cloud/index.ts'
import type {
  Clock,
  Dialer,
  Environ,
  HostEnvironment,
  Logger,
  ProviderRegistry,
  ProviderServices,
  RandomSource,
} from '../environ/index.ts'
import type { ImageDataSourceRegistry, ImageFinder } from '../images/index.ts'
import type { Controllers, Jobs } from '../jobs/index.ts'
import type { DurableRunner, Provisioner } from '../provisioner/index.ts'
import type { Authorizer, ServerService, ServerStore } from '../servers/index.ts'
import { token } from './token.ts'

/** Every service of the runtime. */
export const TOKENS = {
  logger: token<Logger>('Logger'),
  clock: token<Clock>('Clock'),
  random: token<RandomSource>('RandomSource'),
  host: token<HostEnvironment>('HostEnvironment'),
  providerServices: token<ProviderServices>('ProviderServices'),
  providers: token<ProviderRegistry>('ProviderRegistry'),
  imageDataSources: token<ImageDataSourceRegistry>('ImageDataSourceRegistry'),
  agentDataSources: token<AgentDataSourceRegistry>('AgentDataSourceRegistry'),
  agents: token<AgentFinder>('AgentFinder'),
  images: token<ImageFinder>('ImageFinder'),
  controllers: token<ControllerStore>('ControllerStore'),
  cloudStore: token<CloudStore>('CloudStore'),
  credentialStore: token<CredentialStore>('CredentialStore'),
  accounts: token<AccountStore>('AccountStore'),
  dialer: token<Dialer>('Dialer'),
  clouds: token<CloudFinder>('CloudFinder'),
  bootstrapper: token<Bootstrapper>('Bootstrapper'),
  provisioner: token<Provisioner>('Provisioner'),
  runner: token<DurableRunner>('DurableRunner'),
  jobs: token<{ of(controllers: Controllers): Jobs }>('Jobs'),
  authorizer: token<Authorizer>('Authorizer'),
  serverStore: token<ServerStore>('ServerStore'),
  servers: token<{ of(environ: Environ, authorizer?: Authorizer): ServerService }>('ServerService'),
} as const
