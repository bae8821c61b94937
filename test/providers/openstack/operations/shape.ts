/** The shape of an answer: which fields there are, and what they hold. Values do not count. */

/** What was seen at one place of an answer: JSON types, fields of its objects, items of its lists. */
export interface Shape {
  readonly types: string[]
  readonly fields: Record<string, Shape>
  items?: Shape
}

/** Adds what a value shows to a shape. */
export function shapeOf(value: unknown, shape: Shape = { types: [], fields: {} }): Shape {
  const type = Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value
  if (!shape.types.includes(type)) shape.types.push(type)
  if (Array.isArray(value)) {
    for (const item of value) shape.items = shapeOf(item, shape.items)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, field] of Object.entries(value)) shape.fields[key] = shapeOf(field, shape.fields[key])
  }
  return shape
}

/** What both show. */
export function merged(one: Shape, other: Shape | undefined): Shape {
  if (!other) return one
  const fields = { ...one.fields }
  for (const [key, shape] of Object.entries(other.fields)) fields[key] = merged(shape, fields[key])
  const items = one.items ? merged(one.items, other.items) : other.items
  return { types: [...new Set([...one.types, ...other.types])], fields, ...(items ? { items } : {}) }
}

/** Where two shapes differ, in words. Null is no type of its own: it depends on the moment. */
export function differences(real: Shape, embedded: Shape, path: string): string[] {
  const types = (shape: Shape) =>
    shape.types
      .filter((type) => type !== 'null')
      .toSorted((one, other) => one.localeCompare(other))
      .join(' or ')
  const [wanted, got] = [types(real), types(embedded)]
  if (wanted !== '' && got !== '' && wanted !== got) return [`${path}: ${wanted}, but embedded ${got}`]
  const [fields, others] = [Object.keys(real.fields), Object.keys(embedded.fields)]
  const found: string[] = []
  // An empty object or list says nothing about what could be in it.
  if (fields.length > 0 && others.length > 0) {
    for (const key of new Set([...fields, ...others])) {
      const [one, other] = [real.fields[key], embedded.fields[key]]
      const below = `${path}.${key}`
      if (one && other) found.push(...differences(one, other, below))
      else found.push(`${below}: only ${one ? 'real' : 'embedded'}`)
    }
  }
  if (real.items && embedded.items) found.push(...differences(real.items, embedded.items, `${path}[]`))
  return found
}
