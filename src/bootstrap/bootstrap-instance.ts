import { parseBase } from '../config/base.ts'
import type { BootstrapContext, BootstrapParams, BootstrapResult } from '../environ/bootstrap.ts'
import { supportsModelFirewall } from '../environ/capabilities.ts'
import type { Environ } from '../environ/environ.ts'
import type { IngressRule } from '../environ/network.ts'
import { EnvironsError } from '../environ/errors.ts'
import { formatHardware } from '../instances/hardware.ts'
import { startInZones } from '../instances/zones.ts'
import { finishBootstrap } from './finish.ts'

const SSH_PORT = 22

/** Opens SSH to those of `ssh-allow`, and the API to everybody, where the model has a firewall. */
async function openControllerPorts(
  environ: Environ,
  apiPort: number,
  { signal }: BootstrapContext,
): Promise<void> {
  if (!supportsModelFirewall(environ)) return
  const { sshAllow } = environ.config()
  const rules: IngressRule[] = [{ protocol: 'tcp', fromPort: apiPort, toPort: apiPort }]
  if (sshAllow.length > 0) {
    rules.push({ protocol: 'tcp', fromPort: SSH_PORT, toPort: SSH_PORT, sourceCidrs: sshAllow })
  }
  await environ.modelFirewall.openPorts(rules, { signal })
}

/**
 * What `bootstrap` of most providers is: starts the controller's instance in the first zone that takes it, opens SSH and
 * the API's port, and returns the finaliser (Juju: `common.Bootstrap`).
 */
export async function bootstrapInstance(
  environ: Environ,
  context: BootstrapContext,
  params: BootstrapParams,
): Promise<BootstrapResult> {
  const { cloudName, cloudRegion, instanceConfig, modelConstraints, bootstrapConstraints, controllerConfig } =
    params
  const validator = await environ.constraintsValidator({ signal: context.signal })
  const constraints = validator.merge(modelConstraints, bootstrapConstraints)
  const unsupported = validator.validate(constraints)
  if (unsupported.length > 0) context.info(`unsupported constraints are ignored: ${unsupported.join(', ')}`)

  context.info(`Launching controller instance on ${cloudName}${cloudRegion ? `/${cloudRegion}` : ''}`)
  const { instance, hardware } = await startInZones(
    environ,
    {
      controllerUuid: controllerConfig['controller-uuid'],
      instanceConfig,
      constraints,
      ...(params.placement === undefined ? {} : { placement: params.placement }),
      ...(params.availableTools === undefined ? {} : { tools: params.availableTools }),
      ...(params.imageMetadata === undefined ? {} : { imageMetadata: params.imageMetadata }),
      statusCallback: (_state, info) => context.verbose(info),
    },
    {
      signal: context.signal,
      onZoneFailed: (zone, error) => context.info(`availability zone ${zone} failed: ${error.message}`),
    },
  )
  await openControllerPorts(environ, controllerConfig['api-port'], context)
  context.info(`${instance.displayName} (${instance.id}) ${formatHardware(hardware)}`)
  if (hardware.arch === undefined) {
    throw new EnvironsError(`the architecture of instance ${instance.id} is not known`, {
      operation: 'bootstrap',
    })
  }
  return {
    arch: hardware.arch,
    base: params.bootstrapBase ?? parseBase(environ.config().defaultBase),
    instance,
    hardware,
    finalize: async (at, config, dialOpts) => await finishBootstrap(environ, instance, at, config, dialOpts),
  }
}
