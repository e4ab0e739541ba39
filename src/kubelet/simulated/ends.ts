import type { Container, Pod } from '../../api/core/v1/index.ts'
import type { Behaviour } from '../../runtime/simulated/behaviour.ts'

/** How long a command runs that would do its work and exit, since nobody runs it. */
const momentMs = 1000

/** Programs that run until they are stopped. */
const servers = new Set([
  ...['apache2', 'caddy', 'envoy', 'etcd', 'haproxy', 'httpd', 'httpd-foreground', 'memcached', 'mongod', 'mysqld'],
  ...['nginx', 'pause', 'postgres', 'redis-server', 'tail', 'traefik'],
])

/**
 * How a simulated container ends by itself, without an annotation that says so: as its command would that does its work and
 * exits. That holds for init containers, for commands of pods that are not restarted for ever, such as those of Jobs, and
 * for what `kubectl run -i` runs. Undefined: it runs until it is stopped.
 */
export function endOf({ spec }: Pod, name: string): Partial<Behaviour> | undefined {
  const init = spec?.initContainers?.find((container) => container.name === name)
  const container = init ?? spec?.containers.find((one) => one.name === name)
  if (!container || (init && init.restartPolicy === 'Always')) return undefined
  const isInteractive = container.stdin === true && container.stdinOnce === true
  const mayEnd = spec?.restartPolicy === 'OnFailure' || spec?.restartPolicy === 'Never'
  const words = wordsOf(container)
  if (!init && !isInteractive && !(mayEnd && words.length > 0)) return undefined
  const exitAfter = durationOf(words)
  if (exitAfter === undefined) return undefined
  const line = `k8ts: nothing runs in this simulated container; it exits with 0 after ${exitAfter / 1000} s (annotations k8ts.dev/exit-after, exit-code, log)`
  return { exitAfter, exitCode: 0, log: [line] }
}

/** Of a shell's script, too. */
const wordsOf = ({ command = [], args = [] }: Container): string[] =>
  [...command, ...args].flatMap((argument) => argument.split(/[\s;&|]+/)).filter(Boolean)

function durationOf(words: string[]): number | undefined {
  const programs = words.map((word) => word.slice(word.lastIndexOf('/') + 1))
  if (programs.some((program) => servers.has(program))) return undefined
  const [, seconds] = /(?:^|\s)sleep (\S+)/.exec(programs.join(' ')) ?? []
  if (seconds === undefined) return momentMs
  return /^\d+(\.\d+)?s?$/.test(seconds) ? Number.parseFloat(seconds) * 1000 : undefined
}
