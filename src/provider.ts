/** What the author of a provider needs: the contract, and the parts that providers share. */
export { bootstrapInstance } from './bootstrap/bootstrap-instance.ts'
export * from './cloud/index.ts'
export { renderUserData } from './cloudinit/index.ts'
export { applyAttributes, formatBase, parseBase, validateConfigChange } from './config/index.ts'
export * from './constraints/index.ts'
export * from './environ/index.ts'
export {
  canonicalCidr,
  EVERYWHERE,
  formatPortRange,
  ingressRules,
  type Opening,
  openingKey,
  openings,
  parsePortRange,
} from './environ/ingress.ts'
export {
  checkZone,
  findInstanceSpec,
  type InstanceConstraint,
  type InstanceSpec,
  matchingInstanceTypes,
  zoneOfPlacement,
} from './instances/index.ts'
