import { parseArgs } from 'node:util'
import { runOperator } from 'k8ts/controller'
import { websites } from './controller.ts'

const { values } = parseArgs({ options: { kubeconfig: { type: 'string' }, 'metrics-port': { type: 'string' } } })

await runOperator({
  name: 'website-operator',
  controllers: (ctx) => [websites(ctx)],
  leaderElection: true,
  ...(values.kubeconfig && { kubeconfig: values.kubeconfig }),
  ...(values['metrics-port'] && { metricsPort: Number(values['metrics-port']) }),
})
