export { formatBase, parseBase } from './base.ts'
export { DEFAULT_API_PORT, newControllerConfig } from './controller-config.ts'
export { applyAttributes, newModelConfig, validateConfigChange } from './model-config.ts'
