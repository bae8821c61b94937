/** Typed clients of OpenStack's services, and its configuration files. */

export { connect, type ConnectOptions, OpenStackConnection } from './connect.ts'

export type {
  ApplicationCredential,
  Credential,
  DomainRef,
  PasswordCredential,
  ProjectRef,
  Scope,
  TokenCredential,
  TotpCredential,
  UserRef,
} from './identity/credential.ts'
export type { AccessRule, AccessRules, StoredAccessRule } from './identity/access-rules.ts'
export type {
  ApplicationCredentials,
  CreateApplicationCredential,
  CreatedApplicationCredential,
  StoredApplicationCredential,
} from './identity/application-credentials.ts'
export type { Ec2Credential, Ec2Credentials } from './identity/ec2-credentials.ts'
export type { Project, ProjectQuery, Projects } from './identity/projects.ts'
export type { CatalogEndpoint, CatalogService, Interface } from './identity/catalog.ts'
export type { AuthState, Identity, IdentityEndpoint } from './identity/identity.ts'
export type { CachedToken, TokenCache } from './identity/token-cache.ts'
export type { RequestEvent, RequestHooks, ResponseEvent } from './transport/hooks.ts'
export type { TlsOptions } from './transport/pools.ts'
export { faultOf, outcomeUnknown } from './transport/failure.ts'
export type { CallOptions, ListOptions } from './service/options.ts'
export type { Microversion } from './service/microversion.ts'

export type {
  Server,
  ServerAddress,
  ServerBrief,
  ServerExtendedAttributes,
  ServerFault,
  ServerFlavor,
  ServerStatus,
} from './compute/server.ts'
export type {
  CreatedServer,
  CreateServer,
  Personality,
  SchedulerHints,
  ServerBlockDevice,
  ServerCount,
  ServerNetwork,
} from './compute/server-create.ts'
export type {
  ServerListOptions,
  ServerOperations,
  Servers,
  ServerViewOptions,
} from './compute/servers.ts'
export type { ServerQuery, ServerSortKey } from './compute/server-query.ts'
export type { FindServerOptions } from './compute/find-server.ts'
export type { DiskConfig, RescueOptions, UnshelveOptions } from './compute/actions.ts'
export type { ConsoleOutputOptions, ConsoleTarget, ConsoleType, RemoteConsole } from './compute/consoles.ts'
export type {
  InstanceAction,
  InstanceActionEvent,
  InstanceActionOptions,
} from './compute/instance-actions.ts'
export type { CreateServerInterface, ServerInterface } from './compute/interfaces.ts'
export type { ServerMetadata } from './compute/metadata.ts'
export type { Migration, MigrationQuery, MigrationType } from './compute/migration-list.ts'
export type { EvacuateOptions, LiveMigrateOptions, ServerMigration } from './compute/migrations.ts'
export type { GetPasswordOptions, ServerPassword } from './compute/passwords.ts'
export type { ServerNumaNode, ServerSecurityGroup, ServerTopology } from './compute/server-details.ts'
export type { ServerBackup } from './compute/server-images.ts'
export type { RebuildServer, RebuiltServer } from './compute/server-rebuild.ts'
export type { UpdateServer } from './compute/server-update.ts'
export type { CreateShareAttachment, ShareAttachment } from './compute/shares.ts'
export type {
  CreateVolumeAttachment,
  UpdateVolumeAttachment,
  VolumeAttachment,
} from './compute/volume-attachments.ts'
export {
  floatingIps,
  type KnownNetworks,
  privateIpv4,
  privateIpv6,
  publicIpv4,
  publicIpv6,
} from './compute/computed-addresses.ts'
export {
  ServerStatusError,
  type WaitForDeleteOptions,
  type WaitForStatusOptions,
} from './compute/server-verdicts.ts'
export type { ServerWatcher } from './compute/server-watcher.ts'
export type { Verdict, Watcher, WaitOptions, WatchOptions } from './service/watcher.ts'
export type {
  CreateFlavor,
  Flavor,
  FlavorExtraSpecs,
  FlavorQuery,
  Flavors,
} from './compute/flavors.ts'
export type {
  CreatedKeypair,
  CreateKeypair,
  Keypair,
  KeypairOptions,
  KeypairQuery,
  Keypairs,
} from './compute/keypairs.ts'
export type {
  CreateServerGroup,
  ServerGroup,
  ServerGroupPolicy,
  ServerGroupQuery,
  ServerGroups,
} from './compute/server-groups.ts'
export type {
  ComputeLimit,
  ComputeLimits,
  ComputeLimitSet,
  ComputeLimitsOptions,
} from './compute/limits.ts'
export type {
  ComputeQuotaDetails,
  ComputeQuotaResource,
  ComputeQuotas,
  ComputeQuotaSets,
  ComputeQuotaUse,
  UpdateComputeQuotas,
  UpdateComputeQuotasOptions,
} from './compute/quotas.ts'
export type { AvailabilityZone, AvailabilityZones } from './compute/availability-zones.ts'

export type { NetworkAvailabilityZone, NetworkAvailabilityZones } from './network/availability-zones.ts'
export type { Filter, NeutronQuery } from './network/collection.ts'
export type { NetworkExtension, NetworkExtensions } from './network/extensions.ts'
export type {
  NetworkQuotaDetails,
  NetworkQuotaResource,
  NetworkQuotas,
  NetworkQuotaSets,
  NetworkQuotaUse,
  UpdateNetworkQuotas,
} from './network/quotas.ts'
export type { UpdateOptions } from './network/updatable-collection.ts'
export type { CreateNetwork, Network, NetworkQuery, Networks, UpdateNetwork } from './network/networks.ts'
export type {
  AllocationPool,
  CreateSubnet,
  Route,
  Subnet,
  SubnetQuery,
  Subnets,
  UpdateSubnet,
} from './network/subnets.ts'
export type {
  AllowedAddressPair,
  CreatePort,
  FixedIp,
  Port,
  PortQuery,
  Ports,
  UpdatePort,
} from './network/ports.ts'
export type {
  CreateSecurityGroup,
  SecurityGroup,
  SecurityGroupQuery,
  SecurityGroups,
  UpdateSecurityGroup,
} from './network/security-groups.ts'
export type {
  CreateSecurityGroupRule,
  SecurityGroupRule,
  SecurityGroupRuleQuery,
  SecurityGroupRules,
} from './network/security-group-rules.ts'
export type {
  CreateFloatingIp,
  FloatingIp,
  FloatingIpPort,
  FloatingIpQuery,
  FloatingIps,
  UpdateFloatingIp,
} from './network/floating-ips.ts'
export type {
  AddedRouterInterface,
  CreateRouter,
  ExternalGateway,
  Router,
  RouterInterface,
  RouterQuery,
  Routers,
  UpdateRouter,
} from './network/routers.ts'
export type { Image, ImageStatus, ImageVisibility } from './image/image.ts'
export type { CreateImage, UpdateImage } from './image/image-input.ts'
export type { ImageFilter, ImageQuery } from './image/image-query.ts'
export type { Images } from './image/images.ts'
export type { ImageMember, ImageMembers, ImageMemberStatus } from './image/members.ts'
export { ImageStatusError, type WaitForImageStatusOptions } from './image/image-watcher.ts'
export type { RequestData } from './transport/request.ts'

export type { BlockStorageLimits, VolumeLimit, VolumeLimits } from './block-storage/limits.ts'
export type { VolumeType, VolumeTypeQuery, VolumeTypes } from './block-storage/volume-types.ts'
export type {
  Volume,
  VolumeMetadata,
  VolumeServerAttachment,
  VolumeStatus,
} from './block-storage/volume.ts'
export type { CreateVolume, UpdateVolume } from './block-storage/volume-input.ts'
export type {
  DeleteVolumeOptions,
  ExtendVolumeOptions,
  VolumeQuery,
  Volumes,
} from './block-storage/volumes.ts'
export {
  VolumeStatusError,
  type WaitForVolumeDeleteOptions,
  type WaitForVolumeStatusOptions,
} from './block-storage/volume-verdicts.ts'

export { type CloudConfigs, loadCloudConfigs, type LoadOptions } from './configuration/clouds-yaml.ts'
export type { CloudAuth, CloudTls, OpenStackCloudConfig } from './configuration/cloud-config.ts'
export { type ConfiguredConnection, connectOptionsFor } from './configuration/connect-options.ts'
