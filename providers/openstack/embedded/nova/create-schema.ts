import { DISK_CONFIG, FLAG, METADATA, NAME, POSITIVE, type Schema, TAG } from './schema.ts'

const UUID_OR_NULL: Schema = { anyOf: [{ type: 'string', format: 'uuid' }, { type: 'null' }] }
const IP: Schema = { type: 'string', format: 'ip' }
const TEXT: Schema = { type: 'string', maxLength: 255 }

function networks(minor: number): Schema {
  const tagged = (minor >= 32 && minor <= 36) || minor >= 42
  const list: Schema = {
    type: 'array',
    items: {
      type: 'object',
      properties: {
        fixed_ip: IP,
        port: UUID_OR_NULL,
        uuid: minor >= 37 ? { type: 'string', format: 'uuid' } : { type: 'string' },
        ...(tagged && { tag: TAG }),
      },
    },
  }
  return minor >= 37 ? { anyOf: [list, { type: 'string', enum: ['none', 'auto'] }] } : list
}

function blockDevices(minor: number): Schema {
  return {
    type: 'array',
    items: {
      type: 'object',
      properties: {
        source_type: { type: 'string', enum: ['volume', 'image', 'snapshot', 'blank'] },
        destination_type: { type: 'string', enum: ['local', 'volume'] },
        uuid: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9._-]*$' },
        image_id: { type: 'string', format: 'uuid' },
        volume_id: { type: 'string', format: 'uuid' },
        snapshot_id: { type: 'string', format: 'uuid' },
        volume_size: { type: ['integer', 'string'], pattern: '^[0-9]+$', minimum: 1 },
        boot_index: {
          anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^-?[0-9]+$' }, { type: 'null' }],
        },
        delete_on_termination: FLAG,
        device_name: { ...TEXT, minLength: 1, pattern: '^[a-zA-Z0-9._-r/]*$' },
        device_type: TEXT,
        disk_bus: TEXT,
        guest_format: TEXT,
        virtual_name: TEXT,
        connection_info: { type: 'string' },
        no_device: {},
        ...((minor === 32 || minor >= 42) && { tag: TAG }),
        ...(minor >= 67 && { volume_type: { type: ['string', 'null'], maxLength: 255 } }),
      },
    },
  }
}

const HINTS: Schema = {
  type: 'object',
  open: true,
  properties: { group: { type: 'string', format: 'uuid' } },
}

/** The body of POST /servers at a microversion. */
export function createSchema(minor: number): Schema {
  const properties: Record<string, Schema> = {
    name: NAME,
    imageRef: { anyOf: [{ type: 'string', format: 'uuid' }, { enum: [''] }] },
    flavorRef: {
      anyOf: [
        { type: 'string', minLength: 1 },
        { type: 'integer', minimum: 0 },
      ],
    },
    adminPass: { type: 'string' },
    metadata: METADATA,
    networks: networks(minor),
    'OS-DCF:diskConfig': DISK_CONFIG,
    accessIPv4: IP,
    accessIPv6: IP,
    availability_zone: NAME,
    block_device_mapping: { type: 'array' },
    block_device_mapping_v2: blockDevices(minor),
    config_drive: FLAG,
    key_name: NAME,
    min_count: POSITIVE,
    max_count: POSITIVE,
    return_reservation_id: FLAG,
    security_groups: { type: 'array', items: { type: 'object', properties: { name: NAME } } },
    user_data: { type: 'string', format: 'base64', maxLength: 65_535 },
    ...(minor < 57 && { personality: { type: 'array' } }),
    ...(minor >= 19 && { description: { type: ['string', 'null'], maxLength: 255 } }),
    ...(minor >= 52 && { tags: { type: 'array', items: TAG, maxItems: 50 } }),
    ...(minor >= 63 && { trusted_image_certificates: {} }),
    ...(minor >= 74 && { host: TEXT, hypervisor_hostname: TEXT }),
    ...(minor >= 90 && {
      hostname: {
        type: 'string',
        minLength: 2,
        maxLength: 63,
        pattern: '^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$',
      },
    }),
  }
  return {
    type: 'object',
    properties: {
      server: {
        type: 'object',
        properties,
        required: ['name', 'flavorRef', ...(minor >= 37 ? ['networks'] : [])],
      },
      'os:scheduler_hints': HINTS,
      'OS-SCH-HNT:scheduler_hints': HINTS,
    },
    required: ['server'],
  }
}

/** The body of PUT /servers/{id}. */
export function updateSchema(minor: number): Schema {
  const created = createSchema(minor).properties?.server?.properties ?? {}
  const names = ['name', 'OS-DCF:diskConfig', 'accessIPv4', 'accessIPv6', 'description', 'hostname']
  const kept = names.flatMap((name) => (created[name] ? [[name, created[name]] as const] : []))
  return {
    type: 'object',
    properties: { server: { type: 'object', properties: Object.fromEntries(kept) } },
    required: ['server'],
  }
}
