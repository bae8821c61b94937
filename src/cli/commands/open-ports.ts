import { formatPortRange, parsePortRange } from '../../environ/ingress.ts'
import { type Firewall, NotSupportedError, supportsInstanceFirewall } from '../../environ/index.ts'
import type { Context } from '../context.ts'
import type { ControllerOption } from './status.ts'
import { instancesById } from './stop.ts'

/** Options of `environs open-ports`. */
export interface OpenPortsOptions extends ControllerOption {
  readonly instance?: string
  readonly from?: readonly string[]
}

export async function openPorts(
  context: Context,
  ports: readonly string[],
  options: OpenPortsOptions,
): Promise<void> {
  const { output, signal } = context
  const sourceCidrs = options.from ?? []
  const rules = ports.map((port) => ({ ...parsePortRange(port), sourceCidrs }))
  await context.withController(options.controller, async (environ) => {
    let firewall: Firewall = environ
    if (options.instance !== undefined) {
      const [instance] = await instancesById(environ, [options.instance], signal)
      if (!instance || !supportsInstanceFirewall(instance)) {
        throw new NotSupportedError('this cloud has no firewall for one instance', {
          hint: 'leave out --instance',
        })
      }
      firewall = instance.firewall
    }
    await firewall.openPorts(rules, { signal })
    const open = await firewall.ports({ signal })
    output.result(
      { open },
      open.map((rule) => `${formatPortRange(rule)} is open to ${rule.sourceCidrs.join(', ')}`).join('\n'),
    )
  })
}
