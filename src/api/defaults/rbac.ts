import { Subject } from '../rbac/v1/index.ts'
import { type Rule, rule } from './rule.ts'

export const rbacRules: Rule[] = [
  rule(Subject, (subject) => {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= 'rbac.authorization.k8s.io'
  }),
]
