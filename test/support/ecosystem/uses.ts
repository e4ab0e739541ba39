/** Who uses definitions of other projects, besides their own. */
export const usesOf: Readonly<Record<string, readonly string[]>> = {
  'cert-manager': ['gateway-api'],
  'argo-rollouts': ['istio'],
  'kube-prometheus': ['argo-cd', 'prometheus-operator'],
  headlamp: ['gateway-api'],
  'knative-serving': ['cert-manager'],
  'cloudnative-pg': ['cert-manager', 'kube-prometheus'],
  'gateway-api-inference-extension': ['gateway-api'],
  kueue: ['agent-sandbox', 'tekton-pipelines'],
  'cluster-api': ['cert-manager'],
  'microservices-demo': ['gateway-api', 'istio'],
  'zalando-postgres-operator': ['kube-prometheus'],
}
