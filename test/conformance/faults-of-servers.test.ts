import { faultsAtEveryRequest } from '../providers/openstack/faults/matrix.ts'
import { serverFlows } from '../providers/openstack/faults/flows.ts'

faultsAtEveryRequest(serverFlows)
