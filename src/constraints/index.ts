export {
  constraintsFromDocument,
  constraintsToDocument,
  formatConstraints,
  parseConstraints,
} from './text.ts'
export {
  type ConstraintConflict,
  type ConstraintRules,
  type ConstraintsValidator,
  constraintsValidator,
  type Vocabularies,
} from './validator.ts'
export { ARCHITECTURES, type Constraints, isWanted, wantedSpaces } from './value.ts'
