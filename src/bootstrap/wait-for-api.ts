import type { Secret } from '../cloud/secret.ts'
import { connectController } from '../controller/index.ts'
import type { APIInfo, BootstrapContext } from '../environ/bootstrap.ts'
import { EnvironsError, TimeoutError, UnauthorizedError, UntrustedError } from '../environ/errors.ts'
import type { AgentState } from './agent-state.ts'

/** Juju's: 60 looks, 3 seconds apart. */
const ATTEMPTS = 60
const DELAY_MS = 3_000
/** The first looks come sooner: an agent is up within a second or two. */
const FIRST_DELAY_MS = 250
/** Looks after which the machine is asked how its agent is; and after how many answers that it does not run it never will. */
const PATIENCE = 3
const MAX_DOWN = 3

const said = (state: AgentState | undefined): string => (state?.log ? `\nThe agent said:\n${state.log}` : '')

/**
 * Waits until a controller answers with its own certificate and lets `admin@local` in; gives the address where it did.
 * @param state how the agent is on its machine
 * @throws UntrustedError when somebody else answers, UnauthorizedError for a wrong password, TimeoutError, and
 *   EnvironsError when the agent ended, both with its log
 */
export async function waitForApi(
  info: APIInfo,
  password: Secret,
  { clock, dialer, signal }: BootstrapContext,
  state: () => Promise<AgentState | undefined>,
): Promise<string> {
  let delay = FIRST_DELAY_MS
  let last: unknown
  let down = 0
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await using controller = await connectController(info, { dialer, signal })
      await controller.login(password, { signal })
      return controller.address
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof UntrustedError || error instanceof UnauthorizedError) throw error
      last = error
    }
    await clock.sleep(delay, { signal })
    delay = Math.min(delay * 2, DELAY_MS)
    if (attempt + 1 < PATIENCE) continue
    const now = await state()
    down = now?.running === false ? down + 1 : 0
    if (down === MAX_DOWN) {
      throw new EnvironsError(`the controller's agent ended${said(now)}`, {
        cause: last,
        operation: 'bootstrap',
        resource: `controller ${info.controllerUuid}`,
      })
    }
  }
  const silent = `the controller's API did not answer at ${info.addresses.join(', ')}`
  throw new TimeoutError(`${silent}${said(await state())}`, {
    cause: last,
    resource: `controller ${info.controllerUuid}`,
    hint: 'see whether its port can be reached from here',
  })
}
