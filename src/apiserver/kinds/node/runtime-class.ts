import { RuntimeClass, RuntimeClasses } from '../../../api/node/v1/index.ts'
import type { Kind } from '../kind.ts'
import { required, unchanged } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { column, nameAndAge } from '../table.ts'
import { deprecatedLabels } from '../warnings/node-labels.ts'

export const runtimeClasses: Kind<RuntimeClass> = {
  type: RuntimeClasses,
  singular: 'runtimeclass',
  generation: 'none',
  unconditionalUpdate: false,
  columns: nameAndAge(column('Handler', (runtime) => runtime.handler)),
  rules: [rule(RuntimeClass, { handler: required })],
  warnings: ({ scheduling }) =>
    deprecatedLabels(Object.keys(scheduling?.nodeSelector ?? {}), () => 'scheduling.nodeSelector'),
  validateUpdate: (now, old) => unchanged(now.handler, old.handler, 'handler'),
}
