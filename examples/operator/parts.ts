import type { Deployment, Ingress, ObjectName, Service, Stored } from 'k8ts/client'
import type { Website } from './website.ts'

type Named<T> = T & { metadata: ObjectName }

const labelsOf = ({ metadata }: Stored<Website>) => ({
  'app.kubernetes.io/name': metadata.name,
  'app.kubernetes.io/managed-by': 'website-operator',
})
/** All parts carry the Website's own name. */
const metadataOf = (website: Stored<Website>) => ({
  name: website.metadata.name,
  namespace: website.metadata.namespace,
  labels: labelsOf(website),
})

export function deploymentOf(website: Stored<Website>): Named<Deployment> {
  const { image, port, replicas } = website.spec
  const labels = labelsOf(website)
  return {
    metadata: metadataOf(website),
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'web',
              image,
              ports: [{ name: 'http', containerPort: port }],
              readinessProbe: { tcpSocket: { port: 'http' }, periodSeconds: 2 },
            },
          ],
        },
      },
    },
  }
}

export function serviceOf(website: Stored<Website>): Named<Service> {
  return {
    metadata: metadataOf(website),
    spec: { selector: labelsOf(website), ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  }
}

export function ingressOf(website: Stored<Website>): Named<Ingress> {
  const backend = { service: { name: website.metadata.name, port: { name: 'http' } } }
  return {
    metadata: metadataOf(website),
    spec: { rules: [{ host: website.spec.host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
  }
}

/** The Deployment's controller has seen its newest version, and only pods of that version are left. */
export function isRolledOut({ metadata, spec, status }: Stored<Deployment>): boolean {
  const { observedGeneration = 0, updatedReplicas = 0, replicas = 0 } = status
  const isSeen = observedGeneration >= (metadata.generation ?? 0)
  return isSeen && updatedReplicas >= (spec.replicas ?? 1) && replicas === updatedReplicas
}
