import type { Command } from 'commander'
import type { ApiServerSettings } from '../../../cluster/processes/api-server.ts'

/** Flags of authorization: there are none yet. */
export type AuthorizationFlags = object

/** Who may do what. */
export const authorization = {
  define(_command: Command): void {},
  settings: (_flags: AuthorizationFlags): Partial<ApiServerSettings> => ({}),
}
