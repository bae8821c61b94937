/** An OpenStack cloud in one process, on real HTTP: for a first try, for tests, and for the `openstack` command. */

export type { CloudConfig } from './clouds-yaml.ts'
export type {
  FaultAction,
  FaultRule,
  Faults,
  LoggedRequest,
  PlantedFault,
  RequestLog,
} from './faults.ts'
export type { ServerHistory } from './history.ts'
export type { ProjectInventory } from './inventory.ts'
export type {
  EmbeddedOpenStackOptions,
  FlavorOption,
  ImageOption,
  NetworkOption,
  QemuOptions,
  QuotaOptions,
  SubnetOption,
  UserOption,
  ZoneOption,
} from './options.ts'
export { type EmbeddedOpenStack, startEmbeddedOpenStack } from './start.ts'
