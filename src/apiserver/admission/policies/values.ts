import { Namespaces } from '../../../api/core/v1/index.ts'
import { accessOf } from '../../../api/machinery/cel/access.ts'
import type { Values } from '../../../api/machinery/cel/admission/expression.ts'
import type { Decide } from '../../../api/machinery/cel/library/authorizer.ts'
import { asJson } from '../../../api/machinery/json/as-json.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { AdmissionAttributes, Shown } from '../../definition.ts'
import { nameOf } from '../match/name.ts'

/** Makes the values of a request's variables, those of each form once. Params and variables are the caller's. */
export function valuesOf(attributes: AdmissionAttributes, decide: Decide): (shown: Shown) => Promise<Values> {
  const access = accessOf(decide, attributes.context.user, requestedOf(attributes))
  const known = new Map<Shown, Promise<Values>>()
  return (shown) => {
    let values = known.get(shown)
    if (!values) {
      values = make(attributes, shown, access)
      known.set(shown, values)
    }
    return values
  }
}

async function make(
  attributes: AdmissionAttributes,
  shown: Shown,
  access: ReturnType<typeof accessOf>,
): Promise<Values> {
  const encode = async (object: KubeObject | undefined) => (object ? asJson(await shown.encode(object)) : null)
  return {
    object: await encode(attributes.object),
    oldObject: await encode(attributes.old),
    namespaceObject: namespaceOf(attributes),
    request: requestOf(attributes, shown),
    authorizer: access.authorizer,
    'authorizer.requestResource': access.requestResource,
  }
}

function requestedOf(attributes: AdmissionAttributes) {
  const [asked] = attributes.shown()
  const { subresource, namespace } = attributes
  const name = nameOf(attributes)
  return {
    group: asked?.group ?? '',
    resource: asked?.resource ?? '',
    ...(subresource && { subresource }),
    ...(namespace && { namespace }),
    ...(name && { name }),
  }
}

const resourceOf = ({ group, version, resource }: Shown) => ({ group, version, resource })

function requestOf(attributes: AdmissionAttributes, shown: Shown): Record<string, unknown> {
  const { operation, subresource, namespace, context } = attributes
  const [asked = shown] = attributes.shown()
  const { name: username, uid, groups, extra } = context.user
  return {
    kind: shown.kind,
    resource: resourceOf(shown),
    ...(subresource && { subResource: subresource, requestSubResource: subresource }),
    requestKind: asked.kind,
    requestResource: resourceOf(asked),
    name: nameOf(attributes),
    namespace: namespace ?? '',
    operation,
    userInfo: { username, ...(uid && { uid }), groups, ...(extra && { extra }) },
    dryRun: context.dryRun,
    options: operation === 'CONNECT' ? null : asJson(attributes.options()),
  }
}

/** The namespace of a request; null for objects that are in none, and for namespaces themselves. */
function namespaceOf({ namespace, definition, context }: AdmissionAttributes): unknown {
  if (!namespace || definition.type === Namespaces) return null
  return asJson(context.objects.known(Namespaces, { name: namespace }) ?? null)
}
