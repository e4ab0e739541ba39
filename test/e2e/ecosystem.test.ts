import { describe, expect, test } from 'vitest'
import { type Installation, install, type Share, shareOf } from '../support/ecosystem/install.ts'
import { projectNames, readProject } from '../support/ecosystem/manifests.ts'
import { definitionsOf, isRefused, type Outcome, type Trial, tryProject } from '../support/ecosystem/trial.ts'
import { usesOf } from '../support/ecosystem/uses.ts'

/** Samples that kube-apiserver refuses, too: blocks of a documentation page with something left out. */
const incomplete = new Set([
  'cert-manager samples/README-3.yaml[0] Issuer',
  'cert-manager samples/vault-6.yaml[0] Issuer',
])

const names = projectNames()
const trials: Trial[] = []
const rows: string[] = []

describe.skipIf(names.length === 0)('definitions, samples and wrong examples of real projects', () => {
  test.each(names)('%s', async (name) => {
    const project = readProject(name)
    const others = (usesOf[name] ?? []).flatMap((other) => definitionsOf(readProject(other)))
    const trial = await tryProject(project, others)
    trials.push(trial)
    rows.push(rowOf(name, await install(project, others), trial))
    const { definitions, policies, samples, invalid } = trial
    expect(lines(definitions.filter(({ status }) => status !== 201 && status !== 200))).toEqual([])
    expect(lines(policies.filter(({ status }) => status !== 201))).toEqual([])
    const known = samples.filter(({ what }) => !incomplete.has(`${name} ${what}`))
    expect(lines(known.filter(({ status }) => status !== 201 && status !== 409))).toEqual([])
    const wrong = invalid.filter(({ expected, ...outcome }) =>
      expected?.accepted === false ? !isRefused(outcome) : expected?.accepted === true && isRefused(outcome),
    )
    expect(lines(wrong)).toEqual([])
  })

  test('all of them together are many, and docs/ecosystem.md tells what became of them', async (context) => {
    if (rows.length < names.length) return context.skip('not all projects were tried')
    expect(trials.flatMap(({ definitions }) => definitions).length).toBeGreaterThan(300)
    expect(trials.flatMap(({ invalid }) => invalid).length).toBeGreaterThan(100)
    await expect(`${head}${rows.join('')}`).toMatchFileSnapshot('../../docs/ecosystem.md')
  })
})

const lines = (outcomes: readonly Outcome[]) =>
  outcomes.map(({ what, status, message }) => `${what}: ${status} ${message}`)

const head = `# Real projects

What becomes of the install manifests of public projects, of their own examples, and of examples that an API server has to
refuse. \`test/e2e/ecosystem.test.ts\` writes this page (\`vitest run --project e2e test/e2e/ecosystem.test.ts -u\`) from
manifests that are not part of this repository.

Each project is applied by server-side apply to a test cluster with three simulated nodes, and ten minutes go by. No program
of the project runs there: its webhooks are answered with yes, and what its controllers would make is not made. "Deployments" are
those whose pods are all ready.

| project | objects applied | definitions established | Deployments ready | samples accepted | wrong ones refused | what does not work, or waits |
|---|---|---|---|---|---|---|
`

const shown = ({ done, of }: Share): string => (of === 0 ? '-' : done === of ? `${of}` : `${done} of ${of}`)

function rowOf(
  name: string,
  { applied, refused, definitions, deployments, waits }: Installation,
  { samples, invalid }: Trial,
): string {
  const accepted = shareOf(samples, (sample) => !isRefused(sample))
  const wrong = invalid.filter(({ expected }) => expected?.accepted === false)
  const shares = [applied, definitions, deployments, accepted, shareOf(wrong, isRefused)]
  const problems = [...new Set(refused.map((problem) => `refused: ${problem}`)), ...waits].join('; ')
  return `| ${[name, ...shares.map(shown), problems].join(' | ')} |\n`
}
