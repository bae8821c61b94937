import {
  attributesFromDocument,
  attributesToDocument,
  type AttributeValue,
  formatAttributes,
  parseAttributes,
} from './attributes.ts'
import { CONSTRAINTS, type Constraints } from './value.ts'

/**
 * Reads constraints as users write them: `arch=amd64 mem=4G root-disk=20G` (Juju: `constraints.Parse`).
 * @throws NotValidError for an unknown, repeated or malformed constraint
 */
export const parseConstraints = (...texts: readonly string[]): Constraints =>
  parseAttributes(CONSTRAINTS, texts)

/** Writes constraints so that {@link parseConstraints} reads the same value back. */
export const formatConstraints = (constraints: Constraints): string =>
  formatAttributes(CONSTRAINTS, constraints)

/** Constraints for JSON or YAML, under the names that users write; sizes are numbers of MiB. */
export const constraintsToDocument = (constraints: Constraints): Record<string, AttributeValue> =>
  attributesToDocument(CONSTRAINTS, constraints)

/**
 * Reads what {@link constraintsToDocument} made, after JSON or YAML.
 * @throws NotValidError for an unknown or malformed constraint
 */
export const constraintsFromDocument = (document: unknown): Constraints =>
  attributesFromDocument(CONSTRAINTS, document)
