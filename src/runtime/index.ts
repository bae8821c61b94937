export * from './default.ts'
export {
  createEnvirons,
  type Environs,
  type EnvironsOptions,
  type OpenControllerOptions,
} from './environs.ts'
