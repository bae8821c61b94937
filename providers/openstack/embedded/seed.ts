import type { FlavorOption, ImageOption, NetworkOption, ZoneOption } from './options.ts'

/** What a cloud holds before anybody uses it. */
export interface Seed {
  readonly images: readonly ImageOption[]
  readonly flavors: readonly FlavorOption[]
  readonly zones: readonly ZoneOption[]
  readonly networks: readonly NetworkOption[]
}

const VIRTIO = {
  os_type: 'linux',
  hw_disk_bus: 'virtio',
  hw_vif_model: 'virtio',
  hw_scsi_model: 'virtio-scsi',
  hw_rng_model: 'virtio',
}

function ubuntu(series: string, version: string, architecture: 'amd64' | 'arm64'): ImageOption {
  const arm = architecture === 'arm64'
  return {
    name: `ubuntu-${series}-${version}-server-${architecture}`,
    minDisk: 3,
    properties: {
      ...VIRTIO,
      os_distro: 'ubuntu',
      os_version: version,
      architecture: arm ? 'aarch64' : 'x86_64',
      hw_machine_type: arm ? 'virt' : 'q35',
      hw_firmware_type: arm ? 'uefi' : 'bios',
    },
  }
}

export const DEFAULT_SEED: Seed = {
  flavors: [
    { name: 'm1.tiny', ram: 512, vcpus: 1, disk: 1 },
    { name: 'm1.small', ram: 2048, vcpus: 1, disk: 20 },
    { name: 'm1.medium', ram: 4096, vcpus: 2, disk: 40 },
    { name: 'm1.large', ram: 8192, vcpus: 4, disk: 80 },
    { name: 'm1.xlarge', ram: 16_384, vcpus: 8, disk: 160 },
    { name: 'bfv.small', ram: 2048, vcpus: 1, disk: 0 },
  ],
  images: [
    ubuntu('jammy', '22.04', 'amd64'),
    ubuntu('jammy', '22.04', 'arm64'),
    ubuntu('noble', '24.04', 'amd64'),
    ubuntu('noble', '24.04', 'arm64'),
    {
      name: 'debian-12-genericcloud-amd64',
      minDisk: 3,
      properties: { ...VIRTIO, os_distro: 'debian', os_version: '12', architecture: 'x86_64' },
    },
    {
      name: 'cirros',
      minDisk: 1,
      properties: { os_distro: 'cirros', architecture: 'x86_64', hw_rng_model: 'virtio' },
    },
  ],
  zones: [{ name: 'az1' }, { name: 'az2' }, { name: 'az3' }],
  networks: [
    {
      name: 'public',
      external: true,
      subnets: [{ name: 'public-subnet', cidr: '172.24.0.0/16' }],
    },
    {
      name: 'private',
      subnets: [{ name: 'private-subnet', cidr: '10.20.0.0/16', dnsNameservers: ['10.20.0.2'] }],
    },
  ],
}
