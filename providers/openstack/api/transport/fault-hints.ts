/** What to do about faults whose name says it: Neutron's `type`, mostly of what is still in use. */

/** By the service's own name for the fault. */
export const FAULT_HINTS: Readonly<Record<string, string>> = {
  NetworkInUse: 'delete the ports on the network first; those of routers go with their interfaces',
  SubnetInUse: 'delete the ports with addresses of the subnet first, and its router interfaces',
  PortInUse: 'detach the port from its device first, or use another port',
  ServicePortInUse: 'remove the router interface that the port is, instead of the port',
  RouterInUse: 'remove the interfaces of the router first',
  RouterInterfaceInUseByFloatingIP: 'disassociate or delete the floating IPs behind the interface first',
  RouterExternalGatewayInUseByFloatingIp:
    'disassociate or delete the floating IPs reached through the router first',
  SecurityGroupInUse: 'take the security group off its ports first, or delete them',
  FloatingIPPortAlreadyAssociated: 'use the floating IP that the port has already, or disassociate it',
  IpAddressGenerationFailure: 'delete ports that are not needed, or add a subnet to the network',
  IpAddressAlreadyAllocated: 'choose another address, or none to get a free one',
  ExternalIpAddressExhausted: 'release floating IPs that are not needed, or use another external network',
  ExternalGatewayForFloatingIPNotFound:
    'join the subnet of the port to a router whose gateway is on that external network, or use the external network that its router leads to',
  PortSecurityPortHasSecurityGroup: 'take the security groups off the port in the same update',
  AddressPairAndPortSecurityRequired: 'enable port security on the port, or leave out its address pairs',
  RevisionNumberConstraintFailed: 'somebody else changed it: read it again, and redo the change',
}
