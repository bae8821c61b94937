import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GuestSource } from '../guest.ts'

/** Label that a guest knows the drive by. */
export const CONFIG_DRIVE_LABEL = 'config-2'

/** Writes what a config drive holds: the files of OpenStack's metadata service, for a guest that cannot reach it. */
export async function writeConfigDrive(directory: string, source: GuestSource): Promise<void> {
  const { id, name, hostname, zone, metadata, publicKeys, macAddress, userData } = source
  const files = {
    'meta_data.json': JSON.stringify({
      uuid: id,
      name,
      hostname,
      availability_zone: zone,
      meta: metadata,
      public_keys: Object.fromEntries(publicKeys.map((key, index) => [`key-${index}`, key])),
    }),
    'network_data.json': JSON.stringify({
      links: [{ id: 'link0', type: 'phy', ethernet_mac_address: macAddress }],
      networks: [{ id: 'network0', type: 'ipv4_dhcp', link: 'link0' }],
      services: [],
    }),
    ...(userData === null ? {} : { user_data: Buffer.from(userData, 'base64') }),
  }
  const latest = join(directory, 'openstack', 'latest')
  await mkdir(latest, { recursive: true })
  for (const [file, content] of Object.entries(files)) await writeFile(join(latest, file), content)
}
