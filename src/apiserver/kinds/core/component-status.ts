import { conditionOf } from '../../../api/conditions.ts'
import { type ComponentStatus, ComponentStatuses } from '../../../api/core/v1/index.ts'
import { messageOf } from '../../../api/errors.ts'
import type { Kind } from '../kind.ts'
import type { ResourceOptions } from '../options.ts'
import { column, nameColumn } from '../table.ts'

export const componentStatuses = ({ components = new Map() }: ResourceOptions): Kind<ComponentStatus> => ({
  type: ComponentStatuses,
  deprecation: 'deprecated in v1.19+',
  singular: 'componentstatus',
  shortNames: ['cs'],
  verbs: ['get', 'list'],
  generation: 'none',
  compute: () => Promise.all([...components].map(([name, check]) => statusOf(name, check))),
  columns: [
    nameColumn(),
    column('Status', (component) => words[healthOf(component)?.status ?? ''] ?? 'Unknown'),
    column('Message', (component) => healthOf(component)?.message ?? ''),
    column('Error', (component) => healthOf(component)?.error ?? ''),
  ],
})

const words: Record<string, string> = { True: 'Healthy', False: 'Unhealthy' }

const healthOf = ({ conditions }: ComponentStatus) => conditionOf(conditions, 'Healthy')

type Check = NonNullable<ReturnType<NonNullable<ResourceOptions['components']>['get']>>

async function statusOf(name: string, check: Check): Promise<ComponentStatus> {
  let problem: string | undefined
  try {
    problem = await check()
  } catch (error) {
    problem = messageOf(error)
  }
  const health = problem === undefined ? { status: 'True', message: 'ok' } : { status: 'False', message: problem }
  return { metadata: { name }, conditions: [{ type: 'Healthy', ...health }] }
}
