import { parseAllDocuments } from 'yaml'
import type { Service } from '../../src/api/core/v1/index.ts'
import type { EndpointSlice } from '../../src/api/discovery/v1/index.ts'
import type { Stored } from '../../src/api/object.ts'
import { type Ruleset, rulesetOf } from '../../src/proxy/ruleset.ts'
import { changeScript, fullScript, type TableOptions } from '../../src/proxy/script.ts'
import { routedPorts } from '../../src/proxy/service-ports.ts'

export const tableOptions: TableOptions = {
  table: 'k8ts',
  podCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/16',
  mark: 0x4000,
}

export interface Played {
  /** The text with its scripts made anew. */
  transcript: string
  /** The commands of each step, to be run one after the other. */
  scripts: string[]
  /** The commands that make the end of the story at once. */
  atOnce: string
}

/**
 * Plays a story: sections `=== apply` and `=== delete`, each with YAML documents (namespace `default` where they name
 * none), followed by a section `=== nft` with what the proxy of the node `here` does. Lines before them are remarks. Of the
 * first step, which makes the whole table, only what does not stand in every table is shown.
 */
export function play(text: string): Played {
  const [remarks = '', ...sections] = text.split(/^=== /m)
  const services = new Map<string, Stored<Service>>()
  const slices = new Map<string, Stored<EndpointSlice>>()
  const scripts: string[] = []
  let transcript = remarks
  let applied: Ruleset | undefined
  for (const section of sections.filter((s) => !s.startsWith('nft'))) {
    const verb = section.split('\n', 1)[0] ?? ''
    const body = section.slice(verb.length + 1)
    for (const object of parseAllDocuments(body).map(
      (document) => document.toJS() as Stored<Service | EndpointSlice>,
    )) {
      object.metadata.namespace ??= 'default'
      const all: Map<string, unknown> = object.kind === 'Service' ? services : slices
      const key = `${object.metadata.namespace}/${object.metadata.name}`
      if (verb === 'delete') all.delete(key)
      else all.set(key, { ...object, status: (object as Stored<Service>).status ?? {} })
    }
    const wanted = rulesetOf(
      [...services.values()].flatMap((service) => routedPorts(service, slicesOf(service), 'here')),
      tableOptions,
    )
    const change = changeScript(tableOptions.table, applied ?? rulesetOf([], tableOptions), wanted)
    scripts.push(applied ? change : fullScript(tableOptions, wanted))
    applied = wanted
    transcript += `=== ${verb}\n${body.trimEnd()}\n=== nft\n${change || '(nothing)'}\n\n`
  }
  const atOnce = fullScript(tableOptions, applied ?? rulesetOf([], tableOptions))
  return { transcript: `${transcript.trimEnd()}\n`, scripts, atOnce }

  function slicesOf({ metadata }: Stored<Service>): Stored<EndpointSlice>[] {
    return [...slices.values()].filter(
      (slice) =>
        slice.metadata.namespace === metadata.namespace &&
        slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name,
    )
  }
}
