import { sleep } from '../../api/clock.ts'
import type { KubeApiServer } from '../../apiserver/kube-apiserver.ts'
import type { ServerLog } from '../../apiserver/server.ts'
import { world } from './component.ts'

const retryMs = 1000

/**
 * Makes the roles that every cluster has, and tries again until they are there. The server is ready meanwhile: whoever needs
 * them waits. Only a failure keeps it from being ready.
 */
export async function makeDefaultRoles(server: KubeApiServer, log: ServerLog, signal: AbortSignal): Promise<void> {
  let problem: string | undefined
  server.ready.set('poststarthook/rbac/bootstrap-roles', () => problem)
  while (!signal.aborted) {
    try {
      await server.bootstrapRoles()
      problem = undefined
      return
    } catch (error) {
      problem = String(error)
      if (!signal.aborted) log.error('making the default roles failed, will try again', { error: problem })
    }
    await sleep(world.clock, retryMs, signal)
  }
}
