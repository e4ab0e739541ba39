import {
  type ControllerRevision,
  ControllerRevisions,
  type DaemonSet,
  DaemonSets,
  type Deployment,
  Deployments,
  type ReplicaSet,
  ReplicaSets,
  type StatefulSet,
  StatefulSets,
} from '../../../api/apps/v1/index.ts'
import type { PodTemplateSpec } from '../../../api/core/v1/index.ts'
import type { LabelSelector } from '../../../api/meta/v1/index.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'
import type { ScaleDefinition } from '../../definition.ts'
import { define } from '../define.ts'
import { containerImages, containerNames, formatLabels, formatOwner, formatSelector, selectorText } from '../format.ts'
import { ageColumn, column, integer, nameColumn, none, wide } from '../table.ts'

/** The apps group. */
export const workloads = [
  define<Deployment>({
    type: Deployments,
    singular: 'deployment',
    shortNames: ['deploy'],
    categories: ['all'],
    hasStatus: true,
    // Who writes the status is not to choose the Deployment's labels.
    prepareForStatusUpdate: (object, { metadata: { labels } }) => {
      const { labels: _, ...metadata } = object.metadata ?? {}
      return { ...object, metadata: { ...metadata, ...(labels && { labels }) } }
    },
    scale: scaleOf<Deployment>(),
    columns: [
      nameColumn(),
      column('Ready', (d) => `${d.status.readyReplicas ?? 0}/${d.spec.replicas ?? 0}`),
      integer('Up-to-date', (d) => d.status.updatedReplicas ?? 0),
      integer('Available', (d) => d.status.availableReplicas ?? 0),
      ageColumn(),
      ...templateColumns<Deployment>(),
    ],
  }),
  define<ReplicaSet>({
    type: ReplicaSets,
    singular: 'replicaset',
    shortNames: ['rs'],
    categories: ['all'],
    hasStatus: true,
    prepareForCreate: (rs) => ({ ...rs, status: { replicas: 0 } }),
    selectableFields: { 'status.replicas': (rs) => String(rs.status.replicas ?? 0) },
    scale: scaleOf<ReplicaSet>(),
    columns: [
      nameColumn(),
      integer('Desired', (rs) => rs.spec.replicas ?? 0),
      integer('Current', (rs) => rs.status.replicas ?? 0),
      integer('Ready', (rs) => rs.status.readyReplicas ?? 0),
      ageColumn(),
      ...templateColumns<ReplicaSet>(),
    ],
  }),
  define<DaemonSet>({
    type: DaemonSets,
    singular: 'daemonset',
    shortNames: ['ds'],
    categories: ['all'],
    hasStatus: true,
    prepareForCreate: (ds) => ({
      ...ds,
      status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
    }),
    columns: [
      nameColumn(),
      integer('Desired', (ds) => ds.status.desiredNumberScheduled ?? 0),
      integer('Current', (ds) => ds.status.currentNumberScheduled ?? 0),
      integer('Ready', (ds) => ds.status.numberReady ?? 0),
      integer('Up-to-date', (ds) => ds.status.updatedNumberScheduled ?? 0),
      integer('Available', (ds) => ds.status.numberAvailable ?? 0),
      column('Node Selector', (ds) => formatLabels(ds.spec.template.spec?.nodeSelector)),
      ageColumn(),
      ...templateColumns<DaemonSet>(),
    ],
  }),
  define<StatefulSet>({
    type: StatefulSets,
    singular: 'statefulset',
    shortNames: ['sts'],
    categories: ['all'],
    hasStatus: true,
    prepareForCreate: (sts) => ({ ...sts, status: { replicas: 0, availableReplicas: 0 } }),
    scale: scaleOf<StatefulSet>(),
    columns: [
      nameColumn(),
      column('Ready', (sts) => `${sts.status.readyReplicas ?? 0}/${sts.spec.replicas ?? 0}`),
      ageColumn(),
      ...templateColumns<StatefulSet>().slice(0, 2),
    ],
  }),
  define<ControllerRevision>({
    type: ControllerRevisions,
    singular: 'controllerrevision',
    generation: 'none',
    columns: [
      nameColumn(),
      column('Controller', ({ metadata }) => {
        const owner = metadata.ownerReferences?.find((o) => o.controller)
        return owner ? formatOwner(owner.apiVersion, owner.kind, owner.name) : none
      }),
      integer('Revision', (revision) => revision.revision),
      ageColumn(),
    ],
  }),
]

interface Workload extends KubeObject {
  spec?: { selector?: LabelSelector; template?: PodTemplateSpec }
}

/** Containers, images and selector: the last columns of `-o wide`. */
export function templateColumns<T extends Workload>() {
  const specOf = (object: Stored<T>) => (object as Workload).spec
  return [
    wide<T>('Containers', (object) => containerNames(specOf(object)?.template?.spec)),
    wide<T>('Images', (object) => containerImages(specOf(object)?.template?.spec)),
    wide<T>('Selector', (object) => formatSelector(specOf(object)?.selector)),
  ]
}

interface Scalable extends Workload {
  spec?: Workload['spec'] & { replicas?: number }
  status?: { replicas?: number }
}

function scaleOf<T extends Scalable>(): ScaleDefinition<T> {
  return {
    replicas: (object) => (object as Scalable).spec?.replicas ?? 0,
    statusReplicas: (object) => (object as Scalable).status?.replicas ?? 0,
    selector: (object) => selectorText((object as Scalable).spec?.selector),
    withReplicas: (object, replicas) => ({ ...object, spec: { ...object.spec, replicas } }),
  }
}
