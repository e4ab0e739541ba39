import type { MatchCondition } from '../../../api/admissionregistration/v1/index.ts'
import type { FieldError } from '../../../api/errors.ts'
import { loadExpressions, loadedExpressions } from '../../expressions/lazy.ts'

interface Configuration {
  webhooks?: { matchConditions?: MatchCondition[] }[]
}

/** The expressions of webhooks: they have to compile. Most configurations have none. */
export const webhookConditions = {
  load: ({ webhooks = [] }: Configuration): Promise<void> | undefined =>
    webhooks.some(({ matchConditions }) => matchConditions?.length) ? loadExpressions() : undefined,
  validate: ({ webhooks = [] }: Configuration): FieldError[] =>
    webhooks.flatMap(({ matchConditions }, i) =>
      matchConditions?.length
        ? loadedExpressions().conditionErrors(matchConditions, `webhooks[${i}].matchConditions`)
        : [],
    ),
}
