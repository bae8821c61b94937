import { faultsAtEveryRequest } from '../providers/openstack/faults/matrix.ts'
import { controllerFlows } from '../providers/openstack/faults/flows.ts'

faultsAtEveryRequest(controllerFlows)
