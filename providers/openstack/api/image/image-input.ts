/** What images are made and changed with. */

import { NotValidError } from 'cloud-environs'
import type { ImageVisibility } from './image.ts'

interface ImageFields {
  /** Up to 255 characters; not unique. */
  readonly name?: string | undefined
  /** `public` mostly is for administrators only. */
  readonly visibility?: ImageVisibility | undefined
  readonly tags?: readonly string[] | undefined
  /** Refuses deletion. */
  readonly protected?: boolean | undefined
  /** Leaves it out of lists that do not ask for it. */
  readonly osHidden?: boolean | undefined
  /** GiB that a root disk must have. */
  readonly minDisk?: number | undefined
  /** MiB that a flavor must have. */
  readonly minRam?: number | undefined
}

/** What a new image shall be. Its data come with `upload`, for which it needs both formats. */
export interface CreateImage extends ImageFields {
  /** A UUID; the cloud makes one by default. */
  readonly id?: string | undefined
  /** `qcow2`, `raw`, `vmdk`, `iso`, ... */
  readonly diskFormat?: string | undefined
  /** `bare`, most often. */
  readonly containerFormat?: string | undefined
  /** `os_distro`, `os_version`, `architecture`, `hw_…`, ... */
  readonly properties?: Readonly<Record<string, string>> | undefined
}

/** What an update may change. */
export interface UpdateImage extends ImageFields {
  /** Sets these and leaves the rest; `null` removes one. */
  readonly properties?: Readonly<Record<string, string | null | undefined>> | undefined
}

const FIELDS = {
  id: 'id',
  name: 'name',
  visibility: 'visibility',
  tags: 'tags',
  protected: 'protected',
  osHidden: 'os_hidden',
  minDisk: 'min_disk',
  minRam: 'min_ram',
  diskFormat: 'disk_format',
  containerFormat: 'container_format',
} as const

/** The body of a create. @throws NotValidError */
export function createImageBody({ properties = {}, ...fields }: CreateImage): object {
  checkProperties(properties)
  return { ...properties, ...Object.fromEntries(fieldsOf(fields)) }
}

/** One step of a JSON patch. */
type Step =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/** The JSON patch of an update. It does the same however often it is sent. @throws NotValidError */
export function updateImagePatch({ properties = {}, ...fields }: UpdateImage): Step[] {
  checkProperties(properties)
  const replaced = fieldsOf(fields).map(([name, value]): Step => ({ op: 'replace', path: `/${name}`, value }))
  const changed = Object.entries(properties).flatMap(([name, value]): Step[] => {
    if (value === undefined) return []
    const path = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (value !== null) return [{ op: 'add', path, value }]
    // Glance refuses to remove what is not there, so it is put there first.
    return [
      { op: 'add', path, value: '' },
      { op: 'remove', path },
    ]
  })
  return [...replaced, ...changed]
}

function fieldsOf(fields: Omit<CreateImage, 'properties'>): [name: string, value: unknown][] {
  return Object.entries(fields).flatMap(([field, value]) =>
    value === undefined ? [] : [[FIELDS[field as keyof typeof FIELDS], value]],
  )
}

/** Properties are next to the fields on the wire, and must not come instead of one. */
function checkProperties(properties: object): void {
  const names: readonly string[] = Object.values(FIELDS)
  const field = Object.keys(properties).find((name) => names.includes(name))
  if (field === undefined) return
  throw new NotValidError(`"${field}" is a field of an image and not a property`, {
    hint: 'give it beside the properties',
  })
}
