declare const type: unique symbol

/** Names a service of the runtime, and knows its type. */
export interface Token<T> {
  readonly id: symbol
  readonly [type]?: T
}

export const token = <T>(name: string): Token<T> => ({ id: Symbol(name) })

/** The types that a list of tokens stands for. */
export type ServicesOf<Tokens extends readonly Token<unknown>[]> = {
  readonly [K in keyof Tokens]: Tokens[K] extends Token<infer T> ? T : never
}
