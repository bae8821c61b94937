export type { AgentBinary, AgentDataSourceEnviron } from './agents.ts'
export { hostPort, waitForAddresses } from './api-info.ts'
export { batch } from './batch.ts'
export type * from './bootstrap.ts'
export type { InstanceBroker, StartInstanceParams, StartInstanceResult } from './broker.ts'
export * from './capabilities.ts'
export { checkProviderAPI, getEnviron } from './check.ts'
export type {
  ConfigGetter,
  ControllerConfig,
  EnvironConfigGetter,
  FirewallMode,
  ModelConfig,
} from './config.ts'
export { ADDRESSES_REFRESH_ATTEMPT, ADMIN_USER, INSTANCE_USER } from './constants.ts'
export type { Environ, NetworkingEnviron, PrecheckInstanceParams } from './environ.ts'
export * from './errors.ts'
export type { Firewall, Firewaller } from './firewaller.ts'
export {
  DATA_SOURCE_PRIORITY,
  type DataSource,
  type ImageDataSourceEnviron,
  type ImageDataSourceFunc,
  type ImageLister,
  type ImageMetadata,
} from './images.ts'
export type {
  HardwareCharacteristics,
  Instance,
  InstanceFirewaller,
  InstanceId,
  InstanceState,
  InstanceStatus,
} from './instance.ts'
export type { Base, InstanceConfig, ProxySettings, SshHostKey } from './instance-config.ts'
export type * from './instance-spec.ts'
export type * from './network.ts'
export type { Networking } from './networking.ts'
export { type Deadline, deadline } from './deadline.ts'
export type * from './operations.ts'
export type { CallOptions } from './options.ts'
export {
  defineProvider,
  type EmbeddedCloud,
  type EmbeddedCloudOptions,
  type ProviderPlugin,
} from './plugin.ts'
export type * from './provider.ts'
export type * from './server-hosting.ts'
export type * from './services.ts'
export type * from './storage.ts'
export {
  RESERVED_TAG_PREFIX,
  resourceTags,
  TAG_CONTROLLER,
  TAG_IS_CONTROLLER,
  TAG_MACHINE,
  TAG_MODEL,
  TAG_SERVER,
  type TagOwner,
} from './tags.ts'
