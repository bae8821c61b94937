import { asText, isList, isObject } from '../json.ts'

/** A value as Python's `repr` writes it: Nova's errors quote what was sent in this form. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'"
    const text = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
    return `${quote}${quote === "'" ? text.replaceAll("'", "\\'") : text}${quote}`
  }
  if (isList(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (isObject(value)) {
    return `{${Object.entries(value)
      .map(([name, member]) => `${pythonRepr(name)}: ${pythonRepr(member)}`)
      .join(', ')}}`
  }
  return asText(value)
}

/** As Python's `str`. */
export function pythonText(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepr(value)
}
