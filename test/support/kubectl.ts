import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** The versions that unit tests try, of those that are on the machine: the oldest and the newest way to speak to a server. */
export const kubectlVersions = ['kubectl.1.27', 'kubectl.1.33']

/** Where the end-to-end tests of Helm unpack the one out of npm (`test/e2e/helm/programs.ts`). */
const unpacked: Record<string, string> = {
  'kubectl.1.35': join(homedir(), '.cache/k8ts-tests/kubectl-v35/kubectl/kubectl'),
}

/**
 * In a folder of the search path, or beside where the kubectl in one really is, or unpacked by an earlier test. Undefined: not on
 * this machine.
 */
export function findKubectl(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).flatMap((path) => {
    const kubectl = join(path, 'kubectl')
    return existsSync(kubectl) ? [path, dirname(realpathSync(kubectl))] : [path]
  })
  return [...folders.map((path) => join(path, name)), unpacked[name] ?? ''].find(existsSync)
}

/** A kubectl for tests, with a home of its own. */
export interface TestKubectl {
  /** Answers what it wrote, the errors last. @throws when it fails, with that in the message */
  run(...args: string[]): Promise<string>
  /** Writes a file that it can be told of; an object as JSON. Answers its path. */
  file(name: string, content: string | object): string
  remove(): void
}

export function testKubectl(program: string, kubeconfig: string, env: Record<string, string> = {}): TestKubectl {
  const home = mkdtempSync('/tmp/k8ts-kubectl-')
  const file = (name: string, content: string | object) => {
    writeFileSync(join(home, name), typeof content === 'string' ? content : JSON.stringify(content))
    return join(home, name)
  }
  const all = { PATH: process.env.PATH, HOME: home, KUBECONFIG: file('config', kubeconfig), ...env }
  return {
    async run(...args) {
      const { stdout, stderr } = await promisify(execFile)(program, args, { env: all, timeout: 30_000 })
      return (stdout + stderr).trim()
    },
    file,
    remove: () => rmSync(home, { recursive: true }),
  }
}
