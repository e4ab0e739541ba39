import {
  type MutatingWebhook,
  type MutatingWebhookConfiguration,
  MutatingWebhookConfigurations,
  type ValidatingWebhook,
  type ValidatingWebhookConfiguration,
  ValidatingWebhookConfigurations,
} from '../../../api/admissionregistration/v1/index.ts'
import { type Selector, selectorOf } from '../../../api/machinery/selectors/labels.ts'
import type { AdmissionAttributes, Shown } from '../../definition.ts'
import { matchedForm } from '../match/rules.ts'

/** One webhook of one configuration, read once. */
export interface Hook {
  /** Of this webhook alone. */
  id: string
  configuration: string
  webhook: MutatingWebhook & ValidatingWebhook
  namespaceSelector: Selector
  objectSelector: Selector
}

/** A webhook whose rules match a request, and the form in which it wants to see the object. */
export interface Candidate {
  hook: Hook
  /** Among all hooks of its kind. */
  index: number
  shown: Shown
}

type Kind = 'mutating' | 'validating'

const types = { mutating: MutatingWebhookConfigurations, validating: ValidatingWebhookConfigurations }

/**
 * Finds the webhooks whose rules match a request, in order of the names of their configurations. Keeps what it found for each
 * resource and operation until a configuration changes: a request that no webhook matches costs two look-ups.
 */
export function hookFinder(kind: Kind): (attributes: AdmissionAttributes) => readonly Candidate[] {
  let revision = -1
  let hooks: Hook[] = []
  let found = new WeakMap<readonly Shown[], Map<string, readonly Candidate[]>>()
  return (attributes) => {
    const snapshot = attributes.context.objects.snapshot<MutatingWebhookConfiguration | ValidatingWebhookConfiguration>(
      types[kind],
    )
    if (snapshot.revision !== revision) {
      revision = snapshot.revision
      hooks = snapshot
        .objects()
        .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
        .flatMap(hooksOf)
      found = new WeakMap()
    }
    if (hooks.length === 0) return none
    const { operation, subresource = '' } = attributes
    const shown = attributes.shown()
    const byOperation = found.get(shown) ?? new Map<string, readonly Candidate[]>()
    found.set(shown, byOperation)
    let candidates = byOperation.get(operation)
    if (!candidates) {
      candidates = candidatesOf(hooks, operation, shown, subresource)
      byOperation.set(operation, candidates)
    }
    return candidates
  }
}

const none: readonly Candidate[] = []

function hooksOf({
  metadata: { name },
  webhooks = [],
}: {
  metadata: { name: string }
  webhooks?: MutatingWebhook[]
}): Hook[] {
  return webhooks.map((webhook) => ({
    id: `${name}/${webhook.name}`,
    configuration: name,
    webhook,
    namespaceSelector: selectorOf(webhook.namespaceSelector ?? {}),
    objectSelector: selectorOf(webhook.objectSelector ?? {}),
  }))
}

const candidatesOf = (
  hooks: readonly Hook[],
  operation: AdmissionAttributes['operation'],
  shown: readonly Shown[],
  subresource: string,
): Candidate[] =>
  hooks.flatMap((hook, index) => {
    const { rules = [], matchPolicy } = hook.webhook
    const form = matchedForm(rules, matchPolicy, operation, shown, subresource)
    return form ? [{ hook, index, shown: form }] : []
  })
