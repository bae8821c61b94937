export type { BootstrapJobParams, JobOptions, StartJobOptions } from './job-options.ts'
export type { Controllers } from './job-services.ts'
export { Jobs, type WorkerOptions } from './jobs.ts'
export type { TaskProgress } from './watched.ts'
