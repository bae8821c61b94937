/** Routes of a service: a table of method, path pattern (`/servers/:id/action`) and handler. */

export type Parameters = Readonly<Record<string, string>>

export interface Route<Handler> {
  readonly method: string
  readonly segments: readonly string[]
  readonly handle: Handler
}

export type Match<Handler> =
  | { readonly found: true; readonly handle: Handler; readonly parameters: Parameters }
  | { readonly found: false; readonly allowed: readonly string[] }

export class Router<Handler> {
  readonly #routes: Route<Handler>[] = []

  add(method: string, pattern: string, handle: Handler): this {
    this.#routes.push({ method, segments: split(pattern), handle })
    return this
  }

  /** Finds the route. A HEAD is answered by the GET route. `allowed` lists the methods the path has, if any. */
  match(method: string, path: string): Match<Handler> {
    const segments = split(path)
    const wanted = method === 'HEAD' ? 'GET' : method
    const allowed: string[] = []
    for (const route of this.#routes) {
      const parameters = fit(route.segments, segments)
      if (!parameters) continue
      if (route.method === wanted) return { found: true, handle: route.handle, parameters }
      if (!allowed.includes(route.method)) allowed.push(route.method)
    }
    return { found: false, allowed }
  }
}

function split(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

function fit(pattern: readonly string[], segments: readonly string[]): Parameters | undefined {
  if (pattern.length !== segments.length) return undefined
  const parameters: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? ''
    if (expected.startsWith(':')) {
      const value = decoded(actual)
      if (value === undefined) return undefined
      parameters[expected.slice(1)] = value
    } else if (expected !== actual) return undefined
  }
  return parameters
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
