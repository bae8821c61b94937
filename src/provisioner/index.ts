export type {
  MachineEvent,
  MachineOutcome,
  MachineParams,
  StartedMachine,
  StartMachinesOptions,
} from './machine.ts'
export type { Orphan } from './orphans.ts'
export { Provisioner, type StartMachineOptions } from './provisioner.ts'
export { type Attempt, backOff, isHopeless } from './back-off.ts'
export type * from './durable-runner.ts'
export type { ImagesFinder } from './prepare-machine.ts'
export { DEFAULT_LIMITS } from './durable-runner.ts'
export { JobMachines } from './job-machines.ts'
export { releaseFromJob, reserveForJob } from './job-reservation.ts'
export { taskError } from './task-error.ts'
