import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesOf, type Import, importsOf, root } from './support/imports.ts'

/** What each part may import, besides itself and what that may import: the picture in ARCHITECTURE.md. */
const parts = closure({
  api: [],
  grpc: ['api'],
  store: ['grpc'],
  client: ['api'],
  controller: ['client'],
  apiserver: ['store'],
  controllers: ['controller'],
  scheduler: ['controller'],
  runtime: ['grpc'],
  kubelet: ['controller', 'runtime'],
  proxy: ['controller'],
  dns: ['controller'],
  addons: ['controller', 'dns', 'proxy'],
  cluster: ['apiserver', 'controllers', 'scheduler', 'kubelet', 'addons'],
  testing: ['cluster'],
  cli: ['cluster'],
  entries: ['testing'],
})

const foundations = ['machinery', 'meta', 'apiextensions', 'core']
/** The folders of API groups. */
const groups = readdirSync(join(root, 'src/api'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !foundations.includes(entry.name))
  .map(({ name }) => name)

/** The same for the folders of one part, `.` for the files beside them; a file of these that is named stands alone. */
const rooms: Record<string, Record<string, string[]>> = {
  apiserver: closure({
    'definition.ts': [],
    outbound: ['definition.ts'],
    cache: ['definition.ts'],
    registry: ['cache', 'metrics'],
    configuration: [],
    authn: ['definition.ts', 'outbound', 'configuration'],
    authz: ['registry', 'outbound', 'configuration'],
    expressions: [],
    admission: ['definition.ts', 'outbound', 'configuration', 'expressions'],
    'custom-resources': ['registry', 'outbound'],
    kinds: ['custom-resources', 'flow-control', 'authz', 'expressions'],
    connect: ['registry', 'authn'],
    aggregation: ['connect', 'outbound'],
    'server.ts': ['authz', 'connect', 'custom-resources'],
    'in-process.ts': ['server.ts'],
    metrics: [],
    audit: ['outbound', 'configuration', 'metrics'],
    'flow-control': ['registry', 'metrics'],
    http: ['aggregation', 'authn', 'audit', 'in-process.ts', 'flow-control'],
    peers: ['cache'],
    '.': ['admission', 'http', 'kinds', 'peers'],
  }),
  kubelet: closure({
    '.': [],
    host: ['.'],
    sources: ['host'],
    logs: ['host'],
    images: ['sources'],
    container: ['sources'],
    volumes: ['container'],
    probes: ['container'],
    eviction: ['container'],
    node: ['eviction'],
    pods: ['volumes', 'probes', 'images', 'logs'],
    server: ['pods'],
    'options.ts': ['images', 'eviction'],
    'upkeep.ts': ['options.ts', 'pods'],
    'kubelet.ts': ['upkeep.ts', 'server', 'node'],
    simulated: ['kubelet.ts'],
  }),
  cluster: closure({ '.': [], settings: ['.'], pki: ['settings'], processes: ['pki'], up: ['processes'] }),
  testing: closure({
    '.': [],
    faults: ['.'],
    time: ['faults'],
    nodes: ['.'],
    access: ['.'],
    cluster: ['time', 'nodes', 'access'],
    vitest: ['cluster'],
    runners: ['vitest'],
    'index.ts': ['vitest'],
  }),
  cli: closure({ '.': [], cluster: ['.'], components: ['cluster'], 'main.ts': ['components'] }),
  client: closure({
    '.': [],
    informers: ['.'],
    manifests: ['.'],
    'crd-types': ['manifests'],
    node: ['.'],
    'connect.ts': ['node'],
  }),
  controller: closure({ '.': [], 'run.ts': ['.'], 'metrics.ts': ['run.ts'], 'operator.ts': ['metrics.ts'] }),
  runtime: closure({
    '.': [],
    stream: ['.'],
    pause: [],
    cri: ['.'],
    image: ['cri', 'pause'],
    containerd: ['image'],
    simulated: ['.'],
  }),
  // The schema of schemas and the metadata of objects are part of the machinery. Of the groups, all may use core.
  api: closure({
    '.': ['machinery'],
    machinery: ['meta', 'apiextensions'],
    meta: ['.'],
    apiextensions: ['.'],
    core: ['.'],
    ...Object.fromEntries(groups.map((group) => [group, ['core']])),
    'resources.ts': groups,
    'openapi.ts': ['resources.ts'],
  }),
}

/** Parts that run in a browser, too. The transports are the only files of theirs that talk to an operating system. */
const portable = ['api', 'apiserver', 'client', 'controller', 'controllers', 'scheduler']
const transports = ['apiserver/http/node/', 'client/node/']

function closure(direct: Record<string, string[]>): Record<string, string[]> {
  const reach = (name: string, seen = new Set<string>()): Set<string> => {
    for (const next of direct[name] ?? []) {
      if (seen.has(next)) continue
      seen.add(next)
      reach(next, seen)
    }
    return seen
  }
  return Object.fromEntries(Object.keys(direct).map((name) => [name, [...reach(name)]]))
}

/** Paths below src, without `src/`; what lies outside keeps its path, as packages do. */
const below = (path: string) => path.replace(/^src\//, '')
const files = filesOf('src')
  .map(below)
  .filter((file) => !file.endsWith('.test.ts'))

const imports = files
  .flatMap((file) => importsOf(`src/${file}`))
  .map((one) => ({ ...one, from: below(one.from), to: below(one.to) }))
const inside = imports.filter(({ to }) => files.includes(to))
const partOf = (file: string) => file.split('/')[0] ?? ''
const roomOf = (file: string) => {
  const [part = '', room = ''] = file.split('/')
  return file.split('/').length > 2 || rooms[part]?.[room] ? room : '.'
}
const told = ({ from, to }: Import) => `${from} imports ${to}`

test('every folder of src is in the picture', () => {
  expect([...new Set(files.map(partOf))].sort()).toEqual(Object.keys(parts).sort())
})

test('a part imports only what stands below it', () => {
  const wrong = inside.filter(({ from, to }) => {
    const [part, other] = [partOf(from), partOf(to)]
    return part !== other && !parts[part]?.includes(other)
  })
  expect(wrong.map(told)).toEqual([])
})

test.each(Object.keys(rooms))('within %s no arrow runs up', (part) => {
  const arrows = rooms[part] ?? {}
  const wrong = inside.filter(({ from, to }) => {
    if (partOf(from) !== part || partOf(to) !== part) return false
    const [room, other] = [roomOf(from), roomOf(to)]
    return room !== other && !arrows[room]?.includes(other)
  })
  expect(wrong.map(told)).toEqual([])
})

test('a control loop imports only shared code, and no other loop', () => {
  const wrong = inside.filter(({ from, to }) => {
    if (partOf(from) !== 'controllers' || partOf(to) !== 'controllers' || from === 'controllers/index.ts') return false
    return ![roomOf(from), 'shared'].includes(roomOf(to))
  })
  expect(wrong.map(told)).toEqual([])
})

test('nothing of src imports tests or what supports them', () => {
  expect(imports.filter(({ to }) => to.startsWith('test/') || to.endsWith('.test.ts')).map(told)).toEqual([])
})

test('no file needs itself to be loaded', () => {
  const next = Map.groupBy(
    inside.filter(({ isType, isDynamic }) => !isType && !isDynamic),
    ({ from }) => from,
  )
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (file: string, way: string[]): void => {
    if (way.includes(file)) {
      cycles.push([...way.slice(way.indexOf(file)), file].join(' -> '))
      return
    }
    if (done.has(file)) return
    for (const { to } of next.get(file) ?? []) visit(to, [...way, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  expect(cycles).toEqual([])
})

test('the portable parts use no Node built-ins', () => {
  const wrong = imports.filter(
    ({ from, to }) =>
      portable.includes(partOf(from)) && to.startsWith('node:') && !transports.some((path) => from.startsWith(path)),
  )
  expect(wrong.map(told)).toEqual([])
})
