/** Why the kubelet itself refuses or ends a pod: for the status and the event. */
export interface Failure {
  reason: string
  message: string
  /** The node's state, not the pod, is the cause: a condition shows that (KEP-3329). */
  isDisruption?: boolean
}
