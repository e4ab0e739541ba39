export { ruleErrors } from './definition-errors.ts'
export { evaluateRules } from './evaluate.ts'
export { ruleTree } from './rule-tree.ts'
