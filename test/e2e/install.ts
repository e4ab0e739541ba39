import { existsSync } from 'node:fs'
import { installMissing, installPackages, onPath } from '../../src/cluster/up/install.ts'
import { UserError } from '../../src/cluster/user-error.ts'

/** What the tests use of the machine beside what a node needs, by the Debian package that brings it. */
const needs: { [debian: string]: () => boolean } = {
  'etcd-server': () => onPath('etcd'),
  'kubernetes-client': () => onPath('kubectl'),
  'redis-server': () => onPath('redis-server'),
  // The package `busybox` brings the same program, linked to libraries that images do not have.
  'busybox-static': () => existsSync('/usr/share/doc/busybox-static'),
  chromium: () => onPath('chromium'),
  curl: () => onPath('curl'),
}

/**
 * Vitest calls it once before the end-to-end tests: installs what is missing, where this is root on Debian or Ubuntu.
 * Where it cannot, the tests that need it skip and say why.
 */
export default function install(): void {
  const say = (text: string) => console.error(`k8ts test: ${text}`)
  try {
    const missing = Object.keys(needs).filter((name) => !needs[name]?.())
    if (missing.length > 0) installPackages(missing, say)
    installMissing(say)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    say(`${error.message}; the tests that need them are skipped`)
  }
}
