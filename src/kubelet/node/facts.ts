import type { Host } from '../host/host.ts'

/** What pods get of the machine's own configuration. */
export async function hostsOf(host: Host): Promise<{ resolvConf: string }> {
  // With systemd-resolved the usual file names a resolver on loopback, which pods cannot reach.
  const candidates = ['/run/systemd/resolve/resolv.conf', '/etc/resolv.conf']
  for (const path of candidates) {
    const bytes = await host.files.read(path)
    if (bytes) return { resolvConf: new TextDecoder().decode(bytes) }
  }
  return { resolvConf: '' }
}
