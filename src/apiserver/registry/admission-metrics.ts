import type { AdmissionAttributes, AdmissionPlugin } from '../definition.ts'
import { type Family, type Histogram, histograms } from '../metrics/metrics.ts'

type Operation = AdmissionAttributes['operation']
export type Step = 'admit' | 'validate'

/** Seconds of one step, by whether it refused the request. */
interface Outcomes {
  passed: Histogram
  refused: Histogram
}

interface StepMetrics {
  whole: Outcomes
  /** In the order of the plugins. */
  plugins: readonly Outcomes[]
}

/** How long admission takes, under upstream's names. */
export interface AdmissionMetrics {
  of(step: Step, operation: Operation): StepMetrics
  readonly families: readonly Family[]
}

const bounds = [0.005, 0.025, 0.1, 0.5, 1, 2.5]

export function admissionMetrics(plugins: readonly Pick<AdmissionPlugin, 'name'>[]): AdmissionMetrics {
  const labels = ['operation', 'rejected', 'type']
  const name = (what: string) => `apiserver_admission_${what}_admission_duration_seconds`
  const steps = histograms(name('step'), 'Time that all plugins take together.', bounds, ...labels)
  const single = histograms(name('controller'), 'Time that one plugin takes.', bounds, 'name', ...labels)
  // Most plugins have one step of two and refuse nothing: a histogram is made when it counts something.
  const outcomes = (make: (rejected: string) => Histogram): Outcomes => {
    let passed: Histogram | undefined
    let refused: Histogram | undefined
    return {
      get passed() {
        passed ??= make('false')
        return passed
      },
      get refused() {
        refused ??= make('true')
        return refused
      },
    }
  }
  const metricsOf = (step: Step, operation: Operation): StepMetrics => ({
    whole: outcomes((rejected) => steps.of(operation, rejected, step)),
    plugins: plugins.map((plugin) => outcomes((rejected) => single.of(plugin.name, operation, rejected, step))),
  })
  const known: Record<Step, Partial<Record<Operation, StepMetrics>>> = { admit: {}, validate: {} }
  return {
    of: (step, operation) => (known[step][operation] ??= metricsOf(step, operation)),
    families: [steps, single],
  }
}
