import type { ModelConfig } from '../environ/config.ts'
import type { Base, InstanceConfig, ProxySettings } from '../environ/instance-config.ts'
import type { RandomSource } from '../environ/services.ts'
import { resourceTags } from '../environ/tags.ts'

/** Whose machine it is to be. */
export interface MachineIdentity {
  readonly machineId: string
  readonly controllerUuid: string
  readonly modelConfig: ModelConfig
  readonly base: Base
  readonly isController: boolean
}

/** Of the attributes that start so; for what is not set, what `otherwise` has. */
function proxySettings({ attrs }: ModelConfig, prefix: string, otherwise: ProxySettings = {}): ProxySettings {
  const settings = {
    http: attrs[`${prefix}http-proxy`] ?? otherwise.http,
    https: attrs[`${prefix}https-proxy`] ?? otherwise.https,
    ftp: attrs[`${prefix}ftp-proxy`] ?? otherwise.ftp,
    noProxy: attrs[`${prefix}no-proxy`] ?? otherwise.noProxy,
  }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

/** What a machine is given of its model's configuration. */
function machineSettings(modelConfig: ModelConfig) {
  const { attrs, cloudinitUserdata, enableOsRefreshUpdate, enableOsUpgrade } = modelConfig
  const proxies = proxySettings(modelConfig, '')
  const aptMirror = attrs['apt-mirror'] as string | undefined
  return {
    proxies,
    agentProxies: proxySettings(modelConfig, 'juju-', proxies),
    aptProxies: proxySettings(modelConfig, 'apt-', proxies),
    ...(aptMirror === undefined ? {} : { aptMirror }),
    enableOsRefreshUpdate,
    enableOsUpgrade,
    ...(cloudinitUserdata === undefined ? {} : { cloudinitUserdata }),
  }
}

/** The configuration of a new machine, with its tags and a nonce of its own. */
export function newInstanceConfig(machine: MachineIdentity, random: RandomSource): InstanceConfig {
  const { machineId, controllerUuid, modelConfig, base, isController } = machine
  const modelUuid = modelConfig.uuid
  return {
    machineId,
    machineNonce: `machine-${machineId}:${random.uuid()}`,
    controllerUuid,
    modelUuid,
    isController,
    base,
    authorizedKeys: modelConfig.authorizedKeys,
    ...machineSettings(modelConfig),
    tags: resourceTags({
      modelUuid,
      controllerUuid,
      machineId,
      isController,
      userTags: modelConfig.resourceTags,
    }),
  }
}
