export type { AgentWish } from './agents.ts'
export type { AccountStore, ControllerAccount, PendingBootstrap } from './account-store.ts'
export { FileAccountStore } from './account-store.ts'
export {
  type BootstrappedController,
  Bootstrapper,
  type BootstrapOptions,
  type PlanOptions,
} from './bootstrapper.ts'
export type { ControllerDetails, ControllerStore, MachineRecord } from './controller-store.ts'
export { FileControllerStore } from './file-store.ts'
export type { BootstrapPlan } from './plan.ts'
export type { BootstrapControllerParams } from './prepare.ts'
