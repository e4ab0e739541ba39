import { DaemonSetUpdateStrategy, DeploymentStrategy, StatefulSetSpec } from '../apps/v1/index.ts'
import { type Rule, rule } from './rule.ts'

/** Workloads. */
export const appsRules: Rule[] = [
  rule(DeploymentStrategy, (strategy) => {
    if (strategy.type === 'RollingUpdate') strategy.rollingUpdate ??= {}
  }),
  rule(DaemonSetUpdateStrategy, (strategy) => {
    if (strategy.type === 'RollingUpdate') strategy.rollingUpdate ??= {}
  }),
  rule(StatefulSetSpec, (spec) => {
    spec.updateStrategy ??= {}
    if (!spec.updateStrategy.type) {
      spec.updateStrategy.type = 'RollingUpdate'
      spec.updateStrategy.rollingUpdate ??= {}
    }
    for (const template of spec.volumeClaimTemplates ?? []) {
      template.apiVersion ||= 'v1'
      template.kind ||= 'PersistentVolumeClaim'
      template.status ??= {}
    }
  }),
]
