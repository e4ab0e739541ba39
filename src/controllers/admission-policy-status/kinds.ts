import type { ParamKind, ValidatingAdmissionPolicySpec } from '../../api/admissionregistration/v1/index.ts'
import type { CustomResourceDefinition } from '../../api/apiextensions/v1/index.ts'
import { messageType } from '../../api/machinery/cel/schema/message-type.ts'
import { schemaType } from '../../api/machinery/cel/schema/schema-type.ts'
import { type CelType, objectOf } from '../../api/machinery/cel/types.ts'
import type { Message } from '../../api/machinery/schema/schema.ts'
import { ObjectMeta } from '../../api/meta/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { builtinResources } from '../../api/resources.ts'

type Crd = Stored<CustomResourceDefinition>

/** A kind whose objects a policy sees, with their type. */
export interface CheckedKind {
  /** `apps/v1, Kind=Deployment` */
  readonly title: string
  readonly type: CelType
}

/** So many kinds of one rule are looked at. */
const maxKinds = 10

/** The kinds that the rules of a policy name, in order. A rule with a wildcard for group or version names none. */
export function kindsOf(spec: ValidatingAdmissionPolicySpec, definitions: readonly Crd[]): CheckedKind[] {
  const found = new Map<string, CheckedKind>()
  for (const { apiGroups = [], apiVersions = [], resources = [] } of spec.matchConstraints?.resourceRules ?? []) {
    if ([...apiGroups, ...apiVersions].some((name) => name.includes('*'))) continue
    let count = 0
    for (const group of apiGroups.toSorted())
      for (const version of apiVersions.toSorted())
        for (const resource of resources.filter((name) => !/[*/]/.test(name)).toSorted()) {
          const kind = count < maxKinds ? findKind(definitions, group, version, { resource }) : undefined
          if (!kind) continue
          found.set(kind.title, kind)
          count++
        }
  }
  return [...found.values()].sort((a, b) => (a.title < b.title ? -1 : 1))
}

/** The type of a policy's parameters, if it is known. */
export function paramsType(kind: ParamKind | undefined, definitions: readonly Crd[]): CelType | undefined {
  const [version = '', group = ''] = (kind?.apiVersion ?? '').split('/').toReversed()
  return kind?.kind ? findKind(definitions, group, version, { kind: kind.kind })?.type : undefined
}

type Name = { resource: string } | { kind: string }

function findKind(definitions: readonly Crd[], group: string, version: string, name: Name): CheckedKind | undefined {
  const is = (names: { resource: string; kind: string }) =>
    'resource' in name ? names.resource === name.resource : names.kind === name.kind
  const titled = (kind: string, type: CelType): CheckedKind => ({
    title: `${group ? `${group}/` : ''}${version}, Kind=${kind}`,
    type,
  })
  const builtIn = builtinResources.find((type) => type.group === group && type.version === version && is(type))
  if (builtIn) return titled(builtIn.kind, messageType(builtIn.type as Message))
  for (const { spec } of definitions) {
    if (spec.group !== group || !is({ resource: spec.names.plural, kind: spec.names.kind })) continue
    const schema = spec.versions.find((other) => other.name === version)?.schema?.openAPIV3Schema
    const type = schema && schemaType(schema, true)?.type
    if (type) return titled(spec.names.kind, withMetadata(type))
  }
  return undefined
}

/** Policies see all of the metadata, unlike rules of definitions. */
function withMetadata(type: CelType): CelType {
  const { fields } = objectOf('', { metadata: messageType(ObjectMeta) })
  return { ...type, fields: (name) => fields?.(name) ?? type.fields?.(name) }
}
