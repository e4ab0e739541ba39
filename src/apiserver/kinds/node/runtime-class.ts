import { fieldError } from '../../../api/errors.ts'
import { dns1123Label } from '../../../api/names.ts'
import { Overhead, RuntimeClass, RuntimeClasses, Scheduling } from '../../../api/node/v1/index.ts'
import type { Kind } from '../kind.ts'
import { amounts, containerResource } from '../rules/amounts.ts'
import { equal, given, unchanged } from '../rules/checks.ts'
import { labels } from '../rules/labels.ts'
import { rule } from '../rules/walk.ts'
import { column, nameAndAge } from '../table.ts'
import { deprecatedLabels } from '../warnings/node-labels.ts'

export const runtimeClasses: Kind<RuntimeClass> = {
  type: RuntimeClasses,
  singular: 'runtimeclass',
  generation: 'none',
  unconditionalUpdate: false,
  columns: nameAndAge(column('Handler', (runtime) => runtime.handler)),
  rules: [
    rule(RuntimeClass, { handler: (value = '', field) => given(dns1123Label)(value, field) }),
    rule(Overhead, { podFixed: (map, field) => amounts(map, `${field}.limits`, containerResource) }),
    rule(Scheduling, {
      nodeSelector: labels,
      tolerations: (list = [], field) =>
        list.flatMap((toleration, i) =>
          list.slice(0, i).some((other) => equal(other, toleration))
            ? [fieldError.duplicate(`${field}[${i}]`, toleration)]
            : [],
        ),
    }),
  ],
  warnings: ({ scheduling }) =>
    deprecatedLabels(Object.keys(scheduling?.nodeSelector ?? {}), () => 'scheduling.nodeSelector'),
  validateUpdate: (now, old) => unchanged(now.handler, old.handler, 'handler'),
}
