export { horizontalPodAutoscalers as HorizontalPodAutoscalers } from './horizontal-pod-autoscaler.ts'
