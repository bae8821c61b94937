/** The public surface for those who embed the framework. Importing it loads none of the heavy libraries. */
export * from './agents/index.ts'
export type {
  AccountStore,
  BootstrapControllerParams,
  BootstrapOptions,
  BootstrapPlan,
  BootstrappedController,
  ControllerAccount,
  ControllerDetails,
  ControllerStore,
  MachineRecord,
  PendingBootstrap,
  PlanOptions,
} from './bootstrap/index.ts'
// From their own files: the rest of the room is loaded by those who bootstrap.
export { FileAccountStore } from './bootstrap/account-store.ts'
export { destroy } from './bootstrap/destroy.ts'
export { FileControllerStore } from './bootstrap/file-store.ts'
export { FileCloudStore } from './cloud/cloud-store.ts'
export { FileCredentialStore } from './cloud/credential-store.ts'
export type { CloudFinder, CloudQuery, FoundCloud } from './cloud/finder.ts'
export * from './cloud/index.ts'
export * from './config/index.ts'
export * from './constraints/index.ts'
export {
  ADDRESSES_REFRESH_ATTEMPT,
  ADMIN_USER,
  checkProviderAPI,
  explainsInstanceSpecs,
  getEnviron,
  hasRegion,
  importsVolumes,
  keepsMachineResources,
  namesAgentDataSource,
  listsImages,
  namesImageDataSource,
  resourceTags,
  supportsAdoption,
  supportsConsoles,
  supportsImageCatalog,
  supportsInstanceFirewall,
  supportsInstanceTypes,
  supportsModelFirewall,
  supportsNetworking,
  supportsOwnership,
  supportsPower,
  supportsPublicAddresses,
  supportsServerHosting,
  supportsSnapshots,
  supportsSpaces,
  supportsTagging,
  supportsZones,
} from './environ/index.ts'
export type {
  ControllerClient,
  ControllerHealth,
  ControllerInfo,
  ControllerMachine,
} from './controller/index.ts'
export * from './environ/errors.ts'
export type * from './environ/index.ts'
export * from './images/index.ts'
// From their own files: choosing an instance type is for those who start instances.
export { distributeInstances, type ZoneAllocation, zoneAllocations } from './instances/distribution.ts'
export { formatHardware, parseHardware } from './instances/hardware.ts'
export type {
  BootstrapJobParams,
  JobOptions,
  Jobs,
  StartJobOptions,
  TaskProgress,
  WorkerOptions,
} from './jobs/index.ts'
export type {
  CloudLimit,
  DurableRunner,
  EventOptions,
  Job,
  JobEvent,
  JobKind,
  JobState,
  JobStatus,
  Json,
  MachineEvent,
  MachineOutcome,
  MachineParams,
  Orphan,
  StartedMachine,
  StartMachineOptions,
  StartMachinesOptions,
  Task,
  TaskError,
  TaskHandler,
  TaskHandlers,
  TaskOutcome,
  TaskRun,
  TaskStatus,
  WorkOptions,
} from './provisioner/index.ts'
export * from './runtime/index.ts'
export * from './servers/index.ts'
export { proxyDialer, systemDialer } from './runtime/host/dialer.ts'
export type { SshConnection } from './ssh/index.ts'
export type { CloudRegion, MetadataOptions, ResolveInfo } from './simplestreams/index.ts'
export { urlDataSource, type UrlDataSourceOptions, type UrlOptions } from './simplestreams/url-source.ts'
