import { randomUUID } from 'node:crypto'
import type { ControllerDetails } from 'cloud-environs'

/** What might be known of a controller of that name. */
export function controllerDetails(name: string, over: Partial<ControllerDetails> = {}): ControllerDetails {
  const uuid = randomUUID()
  return {
    name,
    uuid,
    status: 'ready',
    cloud: { type: 'memory', name: 'home', region: 'north', endpoint: 'https://cloud' },
    credentialName: 'default',
    controllerConfig: { 'controller-uuid': uuid, 'controller-name': name, 'api-port': 17_070 },
    modelConfig: { name: 'controller', type: 'memory', uuid: randomUUID(), network: 'private' },
    instanceIds: ['i-1'],
    apiEndpoints: ['10.0.0.1:17070', '[fd00::1]:17070'],
    nextMachine: 1,
    ...over,
  }
}
