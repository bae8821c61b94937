/** The public surface for those who embed the framework. Importing it loads none of the heavy libraries. */
export * from './agents/index.ts'
export {
  type BootstrapControllerParams,
  type BootstrapOptions,
  type BootstrappedController,
  type ControllerDetails,
  type ControllerStore,
  type MachineRecord,
  destroy,
  FileControllerStore,
  formatHardware,
} from './bootstrap/index.ts'
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
  getEnviron,
  importsVolumes,
  resourceTags,
  supportsAdoption,
  supportsConsoles,
  supportsInstanceFirewall,
  supportsInstanceTypes,
  supportsModelFirewall,
  supportsNetworking,
  supportsPower,
  supportsSnapshots,
  supportsSpaces,
  supportsTagging,
  supportsZones,
} from './environ/index.ts'
export * from './environ/errors.ts'
export type * from './environ/index.ts'
export * from './images/index.ts'
export type {
  MachineEvent,
  MachineOutcome,
  MachineParams,
  Orphan,
  StartedMachine,
  StartMachineOptions,
  StartMachinesOptions,
} from './provisioner/index.ts'
export * from './runtime/index.ts'
export type { CloudRegion, MetadataOptions, ResolveInfo } from './simplestreams/index.ts'
export { urlDataSource, type UrlDataSourceOptions, type UrlOptions } from './simplestreams/url-source.ts'
