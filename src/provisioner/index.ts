export {
  type MachineParams,
  Provisioner,
  type StartedMachine,
  type StartMachineOptions,
} from './provisioner.ts'
