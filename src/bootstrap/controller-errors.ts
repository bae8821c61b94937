/** What all stores of controllers say. */

import { AlreadyExistsError, NotFoundError } from '../environ/errors.ts'

/** `names`: those that there are, in any order. */
export function controllerNotFound(name: string, names: readonly string[]): NotFoundError {
  return new NotFoundError(`controller "${name}" not found`, {
    resource: `controller "${name}"`,
    hint:
      names.length > 0
        ? `the controllers are: ${names.toSorted().join(', ')}`
        : 'there is no controller yet; bootstrap one',
  })
}

export const controllerExists = (name: string): AlreadyExistsError =>
  new AlreadyExistsError(`controller "${name}" already exists`, {
    resource: `controller "${name}"`,
    hint: 'choose another name, or destroy that controller first',
  })
