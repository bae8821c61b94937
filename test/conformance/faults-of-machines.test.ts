import { faultsAtEveryRequest } from '../providers/openstack/faults/matrix.ts'
import { machineFlows } from '../providers/openstack/faults/flows.ts'

faultsAtEveryRequest(machineFlows)
