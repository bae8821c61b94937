/** A value made on first use and kept: schemas cost a millisecond each to build, and few are needed in one run. */
export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
