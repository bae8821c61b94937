import type * as client from './client.ts'

export { agentConfigText } from './agent-config-text.ts'
export * from './api.ts'
export type { ConnectControllerOptions, ControllerClient } from './client.ts'
export { hashPassword } from './password.ts'

/** See `connectController` in `client.ts`: a controller that proved who it is. @throws UntrustedError, UnavailableError */
export const connectController: typeof client.connectController = async (...given) =>
  (await import('./client.ts')).connectController(...given)
