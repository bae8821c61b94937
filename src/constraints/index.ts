export { formatConstraints, parseConstraints } from './text.ts'
export { type ConstraintRules, type ConstraintsValidator, constraintsValidator } from './validator.ts'
export { ARCHITECTURES, type Constraints, isWanted } from './value.ts'
