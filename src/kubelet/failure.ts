/** Why the kubelet itself refuses or ends a pod: what the status and the event say. */
export interface Failure {
  reason: string
  message: string
  /** It goes for the node's sake, not through its own fault: a condition tells others so (KEP-3329). */
  isDisruption?: boolean
}
