export { newInstanceConfig } from './instance-config.ts'
export { matchingInstanceTypes } from './match.ts'
export { findInstanceSpec, type InstanceConstraint, type InstanceSpec } from './spec.ts'
export { startInZones } from './zones.ts'
