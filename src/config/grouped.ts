import type { ConfigAttribute } from '../environ/provider.ts'

/** Attributes under the headings that they are documented under. */
export type AttributeGroups = Readonly<Record<string, Readonly<Record<string, ConfigAttribute>>>>

/** One table of groups of attributes. */
export const grouped = (groups: AttributeGroups): Readonly<Record<string, ConfigAttribute>> =>
  Object.fromEntries(
    Object.entries(groups).flatMap(([group, attributes]) =>
      Object.entries(attributes).map(([name, attribute]) => [name, { ...attribute, group }]),
    ),
  )
