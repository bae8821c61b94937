export type {
  MachineEvent,
  MachineOutcome,
  MachineParams,
  StartedMachine,
  StartMachinesOptions,
} from './machine.ts'
export type { Orphan } from './orphans.ts'
export { Provisioner, type StartMachineOptions } from './provisioner.ts'
