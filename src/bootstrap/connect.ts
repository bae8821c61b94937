import {
  connectController,
  type ConnectControllerOptions,
  type ControllerClient,
} from '../controller/index.ts'
import { NotFoundError } from '../environ/errors.ts'
import type { AccountStore } from './account-store.ts'
import type { ControllerDetails } from './controller-store.ts'

/**
 * Connects to a controller that the stores know, and logs in.
 * @throws NotFoundError when it runs no agent; what `connectController` and `login` throw
 */
export async function connectKnownController(
  { name, uuid, apiEndpoints, controllerConfig, modelConfig }: ControllerDetails,
  accounts: AccountStore,
  options: ConnectControllerOptions,
): Promise<ControllerClient> {
  const account = await accounts.get(name)
  const caCert = controllerConfig['ca-cert']
  if (!account || caCert === undefined) {
    throw new NotFoundError(`controller "${name}" has no agent to connect to`, {
      resource: `controller "${name}"`,
      hint: 'it was bootstrapped without one, or on another machine',
    })
  }
  const info = { addresses: apiEndpoints, caCert, controllerUuid: uuid, modelUuid: modelConfig.uuid }
  const controller = await connectController(info, options)
  try {
    await controller.login(account.password, options)
    return controller
  } catch (error) {
    await controller[Symbol.asyncDispose]()
    throw error
  }
}
