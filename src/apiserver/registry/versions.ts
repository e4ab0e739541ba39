import { fieldTypeOf, type Versions } from '../../api/machinery/apply/index.ts'
import { decode } from '../../api/machinery/decode/decode.ts'
import { asJson } from '../../api/machinery/json/as-json.ts'
import type { Message } from '../../api/machinery/schema/schema.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { Request, Served } from './core.ts'

/** The versions that a request's object has, for owners whose fields are written in another one. */
export interface ObjectVersions extends Versions {
  /** A present object, as the hooks see it, in the version of the request. */
  shown(stored: KubeObject): unknown
}

export function versionsOf({ core, served }: Pick<Request, 'core' | 'served'>): ObjectVersions {
  const find = (apiVersion: string): Served | undefined =>
    apiVersion === served.type.apiVersion
      ? served
      : core.versions(served).find(({ type }) => type.apiVersion === apiVersion)
  return {
    type(apiVersion) {
      const found = find(apiVersion)
      return found && fieldTypeOf(found.type.type)
    },
    async convert(object, from, to) {
      const { conversion } = served
      if (conversion) return (await conversion.convert([{ ...(object as KubeObject), apiVersion: from }], to))[0]
      const source = find(from)
      const target = find(to)
      if (!source || !target) return object
      const decoded = decode(source.type.type as Message<KubeObject>, object).object
      return encoded(target, source.other ? (asJson(source.other.decode(decoded)) as KubeObject) : decoded)
    },
    shown: (stored) => (served.conversion ? stored : encoded(served, stored)),
  }
}

const encoded = ({ other }: Served, stored: KubeObject): unknown =>
  other ? asJson(other.encode(stored as Stored<KubeObject>)) : stored
