import { expect, test } from 'vitest'
import type { KubeObject } from '../../src/api/object.ts'
import { type Installation, install, type Share, shareOf } from '../support/ecosystem/install.ts'
import { type Project, projectNames, readProject } from '../support/ecosystem/manifests.ts'
import { definitionsOf, isRefused, tryProject } from '../support/ecosystem/trial.ts'
import { usesOf } from '../support/ecosystem/uses.ts'

test.skipIf(projectNames().length === 0)(
  'docs/ecosystem.md tells what becomes of real projects',
  { timeout: 600_000 },
  async () => {
    const rows: string[] = []
    for (const name of projectNames()) {
      const project = readProject(name)
      const others = (usesOf[name] ?? []).flatMap((other) => definitionsOf(readProject(other)))
      rows.push(rowOf(name, await install(project, others), await judged(project, others)))
    }
    await expect(`${head}${rows.join('')}`).toMatchFileSnapshot('../../docs/ecosystem.md')
  },
)

/** Of the examples that a project ships: what is accepted, and what is refused of those that have to be. */
async function judged(project: Project, others: readonly KubeObject[]): Promise<{ accepted: Share; refused: Share }> {
  const { samples, invalid } = await tryProject(project, others)
  // Policies of the project are not on the server that tries its examples.
  const wrong = invalid.filter(
    ({ expected: { accepted, by = '' } = {} }) => accepted === false && !by.includes('Policy'),
  )
  return { accepted: shareOf(samples, (sample) => !isRefused(sample)), refused: shareOf(wrong, isRefused) }
}

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
  examples: { accepted: Share; refused: Share },
): string {
  const shares = [applied, definitions, deployments, examples.accepted, examples.refused]
  const problems = [...new Set(refused.map((problem) => `refused: ${problem}`)), ...waits].join('; ')
  return `| ${[name, ...shares.map(shown), problems].join(' | ')} |\n`
}
