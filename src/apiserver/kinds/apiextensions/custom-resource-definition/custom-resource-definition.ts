import { type CustomResourceDefinition, CustomResourceDefinitions } from '../../../../api/apiextensions/v1/index.ts'
import { type APIService, APIServices } from '../../../../api/apiregistration/v1/index.ts'
import { formatTime } from '../../../../api/clock.ts'
import type { Stored } from '../../../../api/object.ts'
import { markedForCleanUp } from '../../../custom-resources/clean-up.ts'
import { withAcceptedNames } from '../../../custom-resources/names.ts'
import { define } from '../../define.ts'
import { column, nameAndAge, plainColumns } from '../../table.ts'

/** Hooks see definitions before it is checked that they have versions. */
const storageVersions = ({ spec }: CustomResourceDefinition): string[] =>
  (spec.versions ?? []).filter((version) => version.storage).map(({ name }) => name)

/** Kinds that extend the API: stored and served here; what they extend it by is the server's to act on. */
export const extensionKinds = [
  define<CustomResourceDefinition>({
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
    // Whatever has been a storage version may still be in the store.
    prepareForUpdate(crd, old) {
      const stored = old.status.storedVersions ?? []
      const added = storageVersions(crd).filter((name) => !stored.includes(name))
      return added.length ? { ...crd, status: { ...old.status, storedVersions: [...stored, ...added] } } : crd
    },
    // Names are given with the same write, so that what it defines is served when it is answered.
    async allocate(crd, _old, { objects, clock }) {
      const definition = crd as Stored<CustomResourceDefinition>
      if (definition.metadata.deletionTimestamp) return { object: crd, release() {} }
      const others = await objects.list<CustomResourceDefinition>(CustomResourceDefinitions)
      return { object: withAcceptedNames(definition, others, clock.now()), release() {} }
    },
    prepareForDelete: markedForCleanUp,
    columns: plainColumns(),
  }),
  define<APIService>({
    type: APIServices,
    singular: 'apiservice',
    categories: ['api-extensions'],
    hasStatus: true,
    generation: 'none',
    unconditionalUpdate: false,
    // Served by this server itself, and so always available.
    prepareForCreate: (service, { clock }) => ({
      ...service,
      status: service.spec?.service
        ? {}
        : {
            conditions: [
              {
                type: 'Available',
                status: 'True',
                reason: 'Local',
                message: 'Local APIServices are always available',
                lastTransitionTime: formatTime(clock.now()),
              },
            ],
          },
    }),
    columns: nameAndAge(
      column('Service', ({ spec: { service } }) => (service ? `${service.namespace}/${service.name}` : 'Local')),
      column('Available', ({ status }) => {
        const available = status.conditions?.find((c) => c.type === 'Available')
        return available?.status === 'True' ? 'True' : `${available?.status ?? 'Unknown'} (${available?.reason ?? ''})`
      }),
    ),
  }),
]
