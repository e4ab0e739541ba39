import type { NodeAnswer, NodeRequest } from '../connect/connector.ts'

/** Where an aggregated API server is, and how its certificate is checked. */
export interface AggregatedTarget {
  host: string
  port: number
  /** The name in its certificate: `SERVICE.NAMESPACE.svc`. */
  serverName: string
  /** Its authorities, PEM. Absent: those of the system. */
  ca?: string
  /** Its certificate is not checked. */
  insecure: boolean
}

/** Reaches aggregated API servers, with the certificate of a front proxy. */
export interface AggregatedConnector {
  /** A request with an answer that streams. @throws Error when there is none */
  request(target: AggregatedTarget, request: NodeRequest): Promise<NodeAnswer>
}
