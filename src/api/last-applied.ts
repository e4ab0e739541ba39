/** kubectl's annotation with the last manifest that somebody applied from the client's side. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'
