/** Our names to Neutron's: `fixedIps` → `fixed_ips`. */

/** Names that the rule does not give. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  external: 'router:external',
  etherType: 'ethertype',
  vnicType: 'binding:vnic_type',
  hostId: 'binding:host_id',
  providerNetworkType: 'provider:network_type',
  providerPhysicalNetwork: 'provider:physical_network',
  providerSegmentationId: 'provider:segmentation_id',
}

/** The same value with Neutron's names for keys, at every depth. */
export function toWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toWire)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [wireName(key), toWire(inner)]))
}

function wireName(name: string): string {
  return EXCEPTIONS[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
