import { parseBase } from '../config/base.ts'
import type { BootstrapContext, BootstrapParams, BootstrapResult } from '../environ/bootstrap.ts'
import { supportsModelFirewall } from '../environ/capabilities.ts'
import type { Environ } from '../environ/environ.ts'
import { EnvironsError } from '../environ/errors.ts'
import type { HardwareCharacteristics } from '../environ/instance.ts'
import { startInZones } from '../instances/zones.ts'

const SSH_PORT = 22

const FIELDS: readonly (readonly [keyof HardwareCharacteristics, string])[] = [
  ['arch', ''],
  ['mem', 'M'],
  ['cpuCores', ''],
  ['instanceType', ''],
  ['availabilityZone', ''],
]

const NAMES: { readonly [K in keyof HardwareCharacteristics]: string } = {
  cpuCores: 'cores',
  instanceType: 'instance-type',
  availabilityZone: 'availability-zone',
}

/** `arch=amd64 mem=2048M cores=1`, as far as it is known. */
export function formatHardware(hardware: HardwareCharacteristics): string {
  return FIELDS.flatMap(([field, unit]) => {
    const value = hardware[field]
    return value === undefined ? [] : [`${NAMES[field] ?? field}=${String(value)}${unit}`]
  }).join(' ')
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
  if (supportsModelFirewall(environ)) {
    const ports = [SSH_PORT, controllerConfig['api-port']]
    await environ.modelFirewall.openPorts(
      ports.map((port) => ({ protocol: 'tcp', fromPort: port, toPort: port })),
      { signal: context.signal },
    )
  }
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
    finalize: async () => {
      // Turning the instance into a controller over SSH comes here; until then a started instance is the result.
    },
  }
}
