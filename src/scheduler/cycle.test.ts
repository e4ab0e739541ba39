import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Node, Pod } from '../api/core/v1/index.ts'
import { parseLabelSelector } from '../api/machinery/selectors/labels.ts'
import type { Stored } from '../api/object.ts'
import { Cache } from './cache.ts'
import { feasibleNodesToFind, schedule } from './cycle.ts'
import { explain } from './diagnosis.ts'
import { podInfo } from './pod-info.ts'
import { preempt } from './preemption.ts'
import { defaultPlugins } from './profile.ts'

/**
 * Transcripts in testdata/: commands, `----`, the scheduler's answer. JSON values go into the spec (for `node`, into the
 * node) unchanged; other words abbreviate frequent fields.
 */
const folder = join(import.meta.dirname, 'testdata')
for (const file of readdirSync(folder)) {
  test(file.replace(/\.txt$/, '').replaceAll('-', ' '), () => {
    const text = readFileSync(join(folder, file), 'utf8')
    const world = makeWorld()
    const said = text.split(/\n\n+/).map((block) => {
      const [commands = ''] = block.split('----\n')
      const answers = commands.split('\n').flatMap((line) => (line && !line.startsWith('#') ? world.run(line) : []))
      return answers.length > 0 ? `${commands}----\n${answers.join('\n')}` : commands.trimEnd()
    })
    expect(`${said.join('\n\n')}\n`).toBe(text)
  })
}

test('computes how many nodes to examine', () => {
  expect([50, 100, 1000, 5000, 6000, 20_000].map((nodes) => feasibleNodesToFind(nodes, 0))).toEqual([
    50, 100, 420, 500, 300, 1000,
  ])
  expect(feasibleNodesToFind(1000, 100)).toBe(1000)
  expect(feasibleNodesToFind(1000, 1)).toBe(100)
})

test('the next cycle continues where the last one ended', () => {
  const world = makeWorld()
  for (let i = 0; i < 300; i++) world.run(`node n${i} cpu=1`)
  const options = { plugins: defaultPlugins, random: { next: () => 0.999, uuid: () => '' } }
  const first = schedule(world.pod('a', []), world.cache, options)
  expect(first).toMatchObject({ evaluated: 144, feasible: 144, next: 144 })
  const second = schedule(world.pod('b', []), world.cache, { ...options, start: first.next })
  expect(second.next).toBe(288)
  expect(schedule(world.pod('c', []), world.cache, { ...options, start: second.next }).next).toBe(132)
})

function makeWorld() {
  const cache = new Cache((pod) => (pod.labels.app ? parseLabelSelector(`app=${pod.labels.app}`) : undefined))
  const random = { next: () => 0.999, uuid: () => '' }
  const namespaces: Record<string, Record<string, string>> = {}
  const meta = (name: string) => ({ name, uid: name, resourceVersion: '1', creationTimestamp: '' })

  /** `label.a=b` gives labels; `x=y` fields; a word in braces is JSON. */
  function read(words: string[]) {
    const fields: Record<string, string> = {}
    const labels: Record<string, string> = {}
    const json: Record<string, unknown> = {}
    for (const word of words) {
      if (word.startsWith('{')) {
        Object.assign(json, JSON.parse(word))
        continue
      }
      const cut = word.indexOf('=')
      const [name, value] = [word.slice(0, cut), word.slice(cut + 1)]
      if (name.startsWith('label.')) labels[name.slice(6)] = value
      else fields[name] = value
    }
    return { fields, labels, json }
  }

  function node(name: string, words: string[]): Stored<Node> {
    const { fields, labels, json } = read(words)
    const { zone, taint, cordoned, ...amounts } = fields
    const [, key = '', value, effect = ''] = /^([^=:]+)=?([^:]*):(.+)$/.exec(taint ?? '') ?? []
    return {
      metadata: {
        ...meta(name),
        labels: { 'kubernetes.io/hostname': name, ...(zone && { 'topology.kubernetes.io/zone': zone }), ...labels },
      },
      spec: { ...(taint && { taints: [{ key, value, effect }] }), ...(cordoned && { unschedulable: true }) },
      status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...amounts }, ...json },
    }
  }

  function pod(name: string, words: string[]) {
    const { fields, labels, json } = read(words)
    const { priority, tolerate, port, ns = 'default', node: nodeName, started, image, ...requests } = fields
    const stored: Stored<Pod> = {
      metadata: { ...meta(name), namespace: ns, labels },
      spec: {
        containers: [
          {
            name: 'main',
            image,
            resources: { requests },
            ...(port && { ports: [{ containerPort: 1, hostPort: Number(port) }] }),
          },
        ],
        ...(priority && { priority: Number(priority) }),
        ...(tolerate && { tolerations: [{ key: tolerate, operator: 'Exists' }] }),
        ...(nodeName && { nodeName }),
        ...json,
      },
      status: { ...(started && { startTime: started }) },
    }
    return podInfo(stored, (namespace) => namespaces[namespace])
  }

  const commands: Record<string, (name: string, words: string[]) => string[]> = {
    node(name, words) {
      cache.setNode(node(name, words))
      return []
    },
    namespace(name, words) {
      namespaces[name] = read(words).labels
      cache.namespaceChanged()
      return []
    },
    running(name, words) {
      const info = pod(name, words)
      cache.setPod(info, info.pod.spec.nodeName ?? '')
      return []
    },
    gone(name) {
      cache.removePod(name)
      return []
    },
    'node-gone'(name) {
      cache.removeNode(name)
      return []
    },
    pod(name, words) {
      const info = pod(name, words)
      const decision = schedule(info, cache, { plugins: defaultPlugins, random })
      if ('node' in decision) {
        cache.nominate(name, undefined)
        cache.setPod(info, decision.node.name, true)
        return [`${name} -> ${decision.node.name}`]
      }
      const { why, prepared } = decision
      const found = preempt(info, cache, { prepared, why, budgets: [], random })
      if ('message' in found) why.afterwards = found.message
      else cache.nominate(name, { pod: info, node: found.node })
      const evicted = 'victims' in found ? found.victims.map((victim) => victim.pod.metadata.name) : []
      return [
        `${name}: ${explain(why)}`,
        ...('victims' in found ? [`${name} waits for ${found.node}, instead of ${evicted.join(', ')}`] : []),
      ]
    },
  }

  return {
    cache,
    pod,
    run(line: string): string[] {
      const [command = '', name = '', ...words] = line.match(/\{.*\}|\S+/g) ?? []
      const run = commands[command]
      if (!run) throw new Error(`unknown command: ${line}`)
      return run(name, words)
    },
  }
}
