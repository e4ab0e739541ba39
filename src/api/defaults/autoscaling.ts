import {
  HorizontalPodAutoscalerBehavior,
  HorizontalPodAutoscalerSpec,
  type HPAScalingRules,
} from '../autoscaling/v2/index.ts'
import { type Rule, rule } from './rule.ts'

export const autoscalingRules: Rule[] = [
  rule(HorizontalPodAutoscalerSpec, (spec) => {
    if (spec.metrics?.length) return
    spec.metrics = [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
    ]
  }),
  rule(HorizontalPodAutoscalerBehavior, (behavior) => {
    behavior.scaleUp = { ...scaleUp(), ...behavior.scaleUp }
    behavior.scaleDown = { ...scaleDown(), ...behavior.scaleDown }
  }),
]

const scaleUp = (): HPAScalingRules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
})

/** The stabilization window of scaling down is a flag of the controller. */
const scaleDown = (): HPAScalingRules => ({
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
})
