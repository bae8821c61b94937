import { environContract } from '../../../environ-contract.ts'
import { cloudUnderTest } from '../cloud-under-test.ts'

environContract('openstack', cloudUnderTest)
