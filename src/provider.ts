/** What the author of a provider needs: the contract, and the parts that providers share. */
export { withAgent, withAgentFor } from './agents/for-arch.ts'
export { bootstrapInstance } from './bootstrap/bootstrap-instance.ts'
export * from './cloud/index.ts'
export {
  encodeUserData,
  NONCE_FILE,
  multipartUserData,
  renderUserData,
  type UserDataPart,
} from './cloudinit/index.ts'
export {
  applyAttributes,
  type ConfigSchema,
  formatBase,
  modelConfigSchema,
  parseBase,
  parseDuration,
  parseSize,
  removeAttributes,
  validateConfigChange,
  validateProviderAttributes,
} from './config/index.ts'
export * from './constraints/index.ts'
export * from './environ/index.ts'
export {
  canonicalCidr,
  diffIngressRules,
  EVERYWHERE,
  formatIngressRule,
  formatPortRange,
  ingressRules,
  type Opening,
  openingKey,
  openings,
  parsePortRange,
  withoutFamily,
} from './environ/ingress.ts'
export {
  byCost,
  byName,
  checkZone,
  explainInstanceSpec,
  findInstanceSpec,
  type InstanceConstraint,
  matchingInstanceTypes,
  zoneOfPlacement,
} from './instances/index.ts'
export {
  CommandError,
  type CommandOptions,
  type CommandResult,
  commandLine,
  shownHostKey,
  SshConnection,
  upload,
} from './ssh/index.ts'
export { urlDataSource, type UrlDataSourceOptions } from './simplestreams/url-source.ts'
