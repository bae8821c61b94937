export * from './default.ts'
export {
  createEnvirons,
  type Environs,
  type EnvironsOptions,
  type OpenControllerOptions,
  type ResumeOptions,
} from './environs.ts'
export type { ControllerMachineAccess } from '../bootstrap/machine-access.ts'
