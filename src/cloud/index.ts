export { type Cloud, type CloudRegion, inheritedConfig, regionByName } from './cloud.ts'
export type { CloudStore } from './cloud-store.ts'
export {
  type CloudCredential,
  type Credential,
  type CredentialAttribute,
  type CredentialSchema,
  credentialText,
} from './credential.ts'
export { type CredentialSchemas, finalizeCredential, removeSecrets } from './credential-schema.ts'
export type { CredentialDefaults, CredentialStore } from './credential-store.ts'
export type { Imported } from './detected-import.ts'
export { Secret } from './secret.ts'
export { type CloudSpec, makeCloudSpec, newRegionSpec, type RegionSpec } from './spec.ts'
export { checkCloudOfController } from './whitelist.ts'
