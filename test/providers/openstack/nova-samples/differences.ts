/** Where Nova's reference is wrong or says less than Nova, and what of it our client leaves out, each with the reason. */

/** Misfits that are none, by their text. */
export const REFERENCE_IS_WRONG: readonly (readonly [misfit: RegExp, reason: string])[] = [
  [/^"rescue" is null/, 'Nova takes null, the samples only show objects'],
  [/\.description" is null/, 'Nova takes null, which removes it'],
  [/^"networks" is not there at 2\.([12]?\d|3[0-6])$/, 'required from 2.37 on, which a note says'],
  [
    /^"disk_over_commit" is not there at 2\.25$/,
    'gone with 2.25, as the sample shows; the reference says after it',
  ],
  [/^"ip_address" is not there/, 'belongs to fixed_ips, which is optional'],
  [/^"tag" is not there at 2\.(85|97)$/, 'optional'],
]

/** Requests that a cloud is too old for, though their form fits: what they ask for is newer. */
export const MEANING_IS_NEWER: readonly (readonly [call: string, reason: string])[] = [
  ['rebuild 4', 'a hostname with a domain needs 2.94'],
  ['rebuild 5', 'the disk of a volume is rebuilt from 2.93 on'],
  ['getConsoleUrl 6', 'webmks needs 2.8'],
  ['getConsoleUrl 7', 'spice-direct needs 2.99'],
  ['all 7', 'ip6 is for everybody from 2.5 on'],
  ['allBrief 7', 'ip6 is for everybody from 2.5 on'],
]

/** Calls that the client does not have. */
export const NOT_CALLED: readonly (readonly [call: RegExp, reason: string])[] = [
  [/\/consoles(\/|$)/, 'only for XenServer, which Nova lost in 23.0.0'],
  [/\/os-virtual-interfaces$/, 'gone with 2.44, and only of nova-network before'],
]

/** Parts of requests that the client does not send. */
export const NOT_SENT: readonly (readonly [part: RegExp, reason: string])[] = [
  [/^POST \/servers: OS-SCH-HNT:scheduler_hints/, 'another name of os:scheduler_hints'],
  [
    /^GET \/servers\/{server_id}\/os-(volume_attachments|virtual-interfaces): \?/,
    'few enough for one answer',
  ],
  [/^GET \/os-migrations: \?hidden$/, 'no migration that is hidden is ever listed'],
  [/^PUT .*: volumeAttachment\.(device|id|serverId|tag)$/, 'Nova takes them only as they are'],
]

/** Samples in the folders of servers that show other resources. */
export const OTHER_RESOURCE: readonly (readonly [sample: RegExp, reason: string])[] = [
  [/^os-security-groups\//, 'nova-network, gone with 2.36'],
  [/^servers\/server-groups-post-/, 'server groups'],
  [/^os-server-shares\/server-shares-delete-req$/, 'nothing: the call has no body'],
  [/^os-virtual-interfaces\//, 'gone with 2.44'],
]
