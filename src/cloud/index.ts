export type { Cloud, CloudRegion } from './cloud.ts'
export {
  type CloudCredential,
  type Credential,
  type CredentialAttribute,
  type CredentialSchema,
  credentialText,
} from './credential.ts'
export { Secret } from './secret.ts'
export { type CloudSpec, makeCloudSpec, newRegionSpec, type RegionSpec } from './spec.ts'
