import type { OutboundRequest } from './outbound.ts'

/** A program that a kubeconfig file names: where it is, and how the server shows itself to it. */
export type OutboundTarget = Pick<OutboundRequest, 'url' | 'ca' | 'serverName' | 'client' | 'headers'>
