/** The transport protocols of ports. */
export const protocols = ['SCTP', 'TCP', 'UDP'] as const
