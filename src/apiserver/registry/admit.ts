import type { KubeObject, Stored } from '../../api/object.ts'
import type { AdmissionAttributes, AdmissionPlugin, Rounds } from '../definition.ts'
import type { Step } from './admission-metrics.ts'
import type { Core, Request } from './core.ts'
import { requestOptions } from './request-options.ts'
import { shownOf } from './shown.ts'

type Operation = AdmissionAttributes['operation']

function attributes(
  request: Request,
  operation: Operation,
  object: KubeObject | undefined,
  old: Stored<KubeObject> | undefined,
  rounds: Rounds,
): AdmissionAttributes {
  const { served, call, context } = request
  return {
    operation,
    definition: served.definition,
    name: call.name ?? (object?.metadata?.name || object?.metadata?.generateName) ?? '',
    context,
    shown: () => shownOf(request.core, served, call.subresource),
    options: () => requestOptions(request, operation),
    rounds,
    leave: () => request.leave?.(),
    ...(call.subresource && { subresource: call.subresource }),
    ...(call.namespace && { namespace: call.namespace }),
    ...(object && { object }),
    ...(old && { old }),
  }
}

/**
 * Answers the object as the admission plugins change it. When one of them asks for it, all see it a second time, since a later
 * one has changed what an earlier one had made. Throws when one refuses it.
 */
export async function admit<T extends KubeObject | undefined>(
  request: Request,
  operation: Operation,
  object: T,
  old?: Stored<KubeObject>,
): Promise<T> {
  let again = false
  const ask = () => {
    again = true
  }
  const rounds: Rounds = { second: false, again: ask, memory: new Map() }
  const first = await round(request, attributes(request, operation, object, old, rounds))
  if (!again) return first as T
  const second = attributes(request, operation, first, old, { ...rounds, second: true })
  return (await round(request, second)) as T
}

async function round({ core }: Request, attributes: AdmissionAttributes): Promise<KubeObject | undefined> {
  let asked = attributes
  await inTurn(core, 'admit', attributes.operation, (plugin) =>
    plugin.admit?.(asked).then((admitted) => {
      if (admitted) asked = { ...asked, object: admitted }
    }),
  )
  return asked.object
}

const onlyRound: Rounds = { second: false, again() {}, memory: new Map() }

/** Throws when an admission plugin refuses the final object. */
export async function checkAdmission(
  request: Request,
  operation: Operation,
  object: KubeObject | undefined,
  old?: Stored<KubeObject>,
): Promise<void> {
  const asked = attributes(request, operation, object, old, onlyRound)
  await inTurn(request.core, 'validate', operation, (plugin) => plugin.validate?.(asked))
}

/** Asks one plugin after the other, and takes the time. `ask` answers undefined for a plugin without this step. */
async function inTurn(
  { admission, admissionMetrics, clock }: Core,
  step: Step,
  operation: Operation,
  ask: (plugin: AdmissionPlugin) => Promise<void> | undefined,
): Promise<void> {
  if (admission.length === 0) return
  const { whole, plugins } = admissionMetrics.of(step, operation)
  const began = clock.now()
  let since = began
  for (const [i, plugin] of admission.entries()) {
    const asking = ask(plugin)
    if (!asking) continue
    try {
      await asking
    } catch (error) {
      const now = clock.now()
      plugins[i]?.refused.observe((now - since) / 1000)
      whole.refused.observe((now - began) / 1000)
      throw error
    }
    const now = clock.now()
    plugins[i]?.passed.observe((now - since) / 1000)
    since = now
  }
  whole.passed.observe((since - began) / 1000)
}
