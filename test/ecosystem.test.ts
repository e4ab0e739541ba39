import { afterAll, describe, expect, test } from 'vitest'
import { projectNames, readProject } from './support/ecosystem/manifests.ts'
import { definitionsOf, type Outcome, tryProject } from './support/ecosystem/trial.ts'

/** Who uses definitions of other projects, besides their own. */
const usesOf: Readonly<Record<string, readonly string[]>> = {
  'cert-manager': ['gateway-api'],
  'argo-rollouts': ['istio'],
  'kube-prometheus': ['argo-cd', 'prometheus-operator'],
  headlamp: ['gateway-api'],
  'knative-serving': ['cert-manager'],
  'cloudnative-pg': ['cert-manager', 'kube-prometheus'],
  'gateway-api-inference-extension': ['gateway-api'],
  kueue: ['agent-sandbox', 'tekton-pipelines'],
  'cluster-api': ['cert-manager'],
  'microservices-demo': ['gateway-api', 'istio'],
  'zalando-postgres-operator': ['kube-prometheus'],
}

/** Samples that kube-apiserver refuses, too: blocks of a documentation page with something left out. */
const incomplete = new Set([
  'cert-manager samples/README-3.yaml[0] Issuer',
  'cert-manager samples/vault-6.yaml[0] Issuer',
])

const refused = ({ status }: Outcome) => status === 422 || status === 400
const lines = (outcomes: readonly Outcome[]) =>
  outcomes.map(({ what, status, message }) => `${what}: ${status} ${message}`)

const seen = { definitions: 0, samples: 0, invalid: 0 }

describe.skipIf(projectNames().length === 0)('definitions, samples and wrong examples of real projects', () => {
  test.each(projectNames())('%s', async (name) => {
    const project = readProject(name)
    const others = (usesOf[name] ?? []).flatMap((other) => definitionsOf(readProject(other)))
    const { definitions, samples, invalid } = await tryProject(project, others)
    seen.definitions += definitions.length
    seen.samples += samples.length
    seen.invalid += invalid.length
    expect(lines(definitions.filter(({ status }) => status !== 201 && status !== 200))).toEqual([])
    expect(
      lines(
        samples.filter(({ what, status }) => status !== 201 && status !== 409 && !incomplete.has(`${name} ${what}`)),
      ),
    ).toEqual([])
    const wrong = invalid.filter(({ expected, ...outcome }) =>
      expected?.accepted === false && !expected.by.startsWith('ValidatingAdmissionPolicy')
        ? !refused(outcome)
        : expected?.accepted === true && refused(outcome),
    )
    expect(lines(wrong)).toEqual([])
  })

  afterAll(() => {
    expect(seen.definitions).toBeGreaterThan(300)
    expect(seen.invalid).toBeGreaterThan(100)
  })
})
