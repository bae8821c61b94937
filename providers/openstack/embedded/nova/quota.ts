import type { Quotas } from '../options.ts'

/** The quotas of a project by Nova's names. -1 is unlimited. */
export type ProjectQuotas = Readonly<Record<QuotaName, number>>

/** From which minor microversion on each quota is gone. */
export const QUOTA_ENDS = {
  cores: Number.POSITIVE_INFINITY,
  fixed_ips: 36,
  floating_ips: 36,
  injected_file_content_bytes: 57,
  injected_file_path_bytes: 57,
  injected_files: 57,
  instances: Number.POSITIVE_INFINITY,
  key_pairs: Number.POSITIVE_INFINITY,
  metadata_items: Number.POSITIVE_INFINITY,
  ram: Number.POSITIVE_INFINITY,
  security_group_rules: 36,
  security_groups: 36,
  server_group_members: Number.POSITIVE_INFINITY,
  server_groups: Number.POSITIVE_INFINITY,
} as const

export type QuotaName = keyof typeof QUOTA_ENDS

export function quotaNames(minor: number): QuotaName[] {
  return (Object.keys(QUOTA_ENDS) as QuotaName[]).filter((name) => minor < QUOTA_ENDS[name])
}

/** What a project has for which nobody set anything. */
export function defaultQuotas(options: Quotas): ProjectQuotas {
  return {
    cores: options.cores,
    fixed_ips: -1,
    floating_ips: -1,
    injected_file_content_bytes: 10_240,
    injected_file_path_bytes: 255,
    injected_files: 5,
    instances: options.instances,
    key_pairs: options.keyPairs,
    metadata_items: options.metadataItems,
    ram: options.ram,
    security_group_rules: -1,
    security_groups: -1,
    server_group_members: options.serverGroupMembers,
    server_groups: options.serverGroups,
  }
}

export function exceeds(wanted: number, limit: number): boolean {
  return limit >= 0 && wanted > limit
}
