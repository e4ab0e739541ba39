import { type Namespace, Namespaces } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Label, qualifiedName } from '../../../api/names.ts'
import type { Kind } from '../kind.ts'
import { column, nameAndAge } from '../table.ts'

const kubernetes = 'kubernetes'

export const namespaces: Kind<Namespace> = {
  type: Namespaces,
  singular: 'namespace',
  shortNames: ['ns'],
  hasStatus: true,
  generation: 'none',
  selectableFields: { 'status.phase': (namespace) => namespace.status.phase ?? '' },
  columns: nameAndAge(column('Status', (namespace) => namespace.status.phase ?? '')),
  // The finalizer of the namespace controller, which empties a namespace before it goes.
  prepareForCreate: (namespace) => ({
    ...namespace,
    metadata: {
      ...namespace.metadata,
      labels: { ...namespace.metadata?.labels, 'kubernetes.io/metadata.name': namespace.metadata?.name ?? '' },
    },
    spec: { ...namespace.spec, finalizers: [...new Set([...(namespace.spec?.finalizers ?? []), kubernetes])] },
    status: { phase: 'Active' },
  }),
  prepareForUpdate: (namespace, old) => ({
    ...namespace,
    metadata: {
      ...namespace.metadata,
      labels: { ...namespace.metadata?.labels, 'kubernetes.io/metadata.name': old.metadata.name },
    },
    spec: old.spec,
    status: old.status,
  }),
  prepareForDelete: (namespace) => ({ ...namespace, status: { ...namespace.status, phase: 'Terminating' } }),
  validate: ({ spec }) => (spec?.finalizers ?? []).flatMap((name) => finalizer(name, 'spec.finalizers')),
  validateStatusUpdate: ({ metadata, status }) => {
    const phase = metadata?.deletionTimestamp ? 'Terminating' : 'Active'
    const state = metadata?.deletionTimestamp ? 'not empty' : 'empty'
    return status?.phase === phase
      ? []
      : [
          fieldError.invalid(
            'status.Phase',
            status?.phase ?? '',
            `may only be '${phase}' if \`deletionTimestamp\` is ${state}`,
          ),
        ]
  },
  moreFinalizers: (namespace) => namespace.spec.finalizers ?? [],
  partialUpdates: {
    finalize: {
      prepare: (namespace, old) => ({ ...old, spec: { ...old.spec, finalizers: namespace.spec?.finalizers ?? [] } }),
      validate: ({ spec }) => (spec?.finalizers ?? []).flatMap((name, i) => finalizer(name, `spec.finalizers[${i}]`)),
    },
  },
  nameRule: dns1123Label,
}

const standardFinalizers = [kubernetes, 'orphan', 'foregroundDeletion']

function finalizer(name: string, field: string): FieldError[] {
  return [
    ...qualifiedName(name).map((problem) => fieldError.invalid(field, name, problem)),
    ...(name.includes('/') || standardFinalizers.includes(name)
      ? []
      : [fieldError.invalid(field, name, 'name is neither a standard finalizer name nor is it fully qualified')]),
  ]
}
