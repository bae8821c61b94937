/** What the author of a provider proves it with: a conformance kit, and faults at every request. */
export { CASES } from './cases/index.ts'
export {
  type ConformanceOptions,
  conformance,
  runConformance,
  type TestFunction,
} from './conformance.ts'
export type { ConformanceCase, HostingPlace, ProviderUnderTest } from './conformance-case.ts'
export {
  type ConformanceReport,
  type ConformanceResult,
  formatConformanceReport,
} from './conformance-report.ts'
export { type FaultFailure, type FaultReport, formatFaultReports } from './fault-report.ts'
export { FAULTS, type Fault, type FaultAnswer } from './faults.ts'
export { type FaultyDispatcher, faultyDispatcher } from './faulty-dispatcher.ts'
export {
  type FaultFlow,
  type FaultServices,
  type FaultStep,
  type FaultWorld,
  type InjectFaultsOptions,
  injectFaults,
} from './inject-faults.ts'
export {
  type KillFlow,
  killAtEveryRequest,
  type KillOptions,
  type KillWorld,
} from './kill-at-every-request.ts'
export { MemoryControllerStore } from './memory-controller-store.ts'
export { mortalDispatcher } from './mortal-dispatcher.ts'
export type { MachineOverrides, ModelOptions, Trial, TrialModel } from './trial.ts'
