import { afterAll, describe, expect, test } from 'vitest'
import { projectNames, readProject } from './support/ecosystem/manifests.ts'
import { definitionsOf, isRefused, type Outcome, tryProject } from './support/ecosystem/trial.ts'
import { usesOf } from './support/ecosystem/uses.ts'

/** Samples that kube-apiserver refuses, too: blocks of a documentation page with something left out. */
const incomplete = new Set([
  'cert-manager samples/README-3.yaml[0] Issuer',
  'cert-manager samples/vault-6.yaml[0] Issuer',
])

const lines = (outcomes: readonly Outcome[]) =>
  outcomes.map(({ what, status, message }) => `${what}: ${status} ${message}`)

const seen = { projects: 0, definitions: 0, samples: 0, invalid: 0 }

describe.skipIf(projectNames().length === 0)('definitions, samples and wrong examples of real projects', () => {
  test.each(projectNames())('%s', async (name) => {
    const project = readProject(name)
    const others = (usesOf[name] ?? []).flatMap((other) => definitionsOf(readProject(other)))
    const { definitions, policies, samples, invalid } = await tryProject(project, others)
    seen.projects++
    seen.definitions += definitions.length
    seen.samples += samples.length
    seen.invalid += invalid.length
    expect(lines(definitions.filter(({ status }) => status !== 201 && status !== 200))).toEqual([])
    expect(lines(policies.filter(({ status }) => status !== 201))).toEqual([])
    expect(
      lines(
        samples.filter(({ what, status }) => status !== 201 && status !== 409 && !incomplete.has(`${name} ${what}`)),
      ),
    ).toEqual([])
    const wrong = invalid.filter(({ expected, ...outcome }) =>
      expected?.accepted === false ? !isRefused(outcome) : expected?.accepted === true && isRefused(outcome),
    )
    expect(lines(wrong)).toEqual([])
  })

  afterAll(() => {
    if (seen.projects < projectNames().length) return
    expect(seen.definitions).toBeGreaterThan(300)
    expect(seen.invalid).toBeGreaterThan(100)
  })
})
