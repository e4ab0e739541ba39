import {
  type CustomResourceDefinition,
  CustomResourceDefinitions,
  type JSONSchemaProps,
} from '../../../../api/apiextensions/v1/index.ts'
import type { Stored } from '../../../../api/object.ts'
import { markedForCleanUp } from '../../../custom-resources/clean-up.ts'
import { withAcceptedNames } from '../../../custom-resources/names.ts'
import { loadFor } from '../../../custom-resources/rules/lazy.ts'
import { withoutSchemas } from '../../../custom-resources/schemas.ts'
import type { Kind } from '../../kind.ts'
import { plainColumns } from '../../table.ts'
import { definitionRules, validateDefinition, validateDefinitionUpdate } from './rules.ts'

/** Hooks see definitions before it is checked that they have versions. */
const storageVersions = ({ spec }: CustomResourceDefinition): string[] =>
  (spec.versions ?? []).filter((version) => version.storage).map(({ name }) => name)

/** Undefined if all that the schemas need is there. */
function loadAll(schemas: readonly JSONSchemaProps[]): Promise<unknown> | undefined {
  const loading = schemas.map(loadFor).filter((promise) => promise !== undefined)
  return loading.length > 0 ? Promise.all(loading) : undefined
}

/** A definition is stored and served here; the server acts on what it defines. */
export const customResourceDefinitions: Kind<CustomResourceDefinition> = {
  type: CustomResourceDefinitions,
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  hasStatus: true,
  unconditionalUpdate: false,
  prepareForCreate: (crd) => ({
    ...crd,
    status: {
      conditions: [],
      acceptedNames: { plural: '', kind: '' },
      storedVersions: storageVersions(crd),
    },
  }),
  // Objects of every earlier storage version may still be in the store.
  prepareForUpdate(crd, old) {
    const stored = old.status.storedVersions ?? []
    const added = storageVersions(crd).filter((name) => !stored.includes(name))
    return added.length ? { ...crd, status: { ...old.status, storedVersions: [...stored, ...added] } } : crd
  },
  // Names are given with the same write, so that what it defines is served when it is answered.
  async allocate(crd, _old, { objects, clock }) {
    const definition = crd as Stored<CustomResourceDefinition>
    if (definition.metadata.deletionTimestamp) return { object: crd, release() {} }
    const others = await objects.digests<CustomResourceDefinition, Stored<CustomResourceDefinition>>(
      CustomResourceDefinitions,
      withoutSchemas,
    )
    return { object: withAcceptedNames(definition, others, clock), release() {} }
  },
  prepareForDelete: markedForCleanUp,
  load: ({ spec }) => loadAll((spec?.versions ?? []).flatMap(({ schema }) => schema?.openAPIV3Schema ?? [])),
  columns: plainColumns(),
  rules: definitionRules,
  validate: validateDefinition,
  validateUpdate: validateDefinitionUpdate,
}
