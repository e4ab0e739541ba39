import {
  type Container,
  ExecAction,
  GRPCAction,
  HTTPGetAction,
  type Lifecycle,
  LifecycleHandler,
  Probe,
  ProbeHandler,
  TCPSocketAction,
} from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { httpHeaderName } from '../../../api/names.ts'
import { exactlyOne, notNegative, port, portOrName, required } from './checks.ts'
import { type Check, rule } from './walk.ts'

const noMore = 'may not specify more than 1 handler type'
const missing = 'must specify a handler type'
/** How long after the kill it takes at least: it must be a time that a container can end in. */
const grace: Check<number> = (value, field) =>
  value !== undefined && value <= 0 ? [fieldError.invalid(field, value, 'must be greater than 0')] : []

export const probeRules = [
  rule(
    Probe,
    {
      initialDelaySeconds: notNegative,
      timeoutSeconds: notNegative,
      periodSeconds: notNegative,
      successThreshold: notNegative,
      failureThreshold: notNegative,
      terminationGracePeriodSeconds: grace,
    },
    (probe, field) => exactlyOne(probe, Object.keys(ProbeHandler.fields), field, missing, noMore),
  ),
  rule(LifecycleHandler, {}, (handler, field) =>
    exactlyOne(handler, Object.keys(LifecycleHandler.fields), field, missing, noMore),
  ),
  rule(ExecAction, { command: required }),
  rule(HTTPGetAction, {
    path: required,
    port: portOrName,
    scheme: required,
    // Upstream's path does not say which of the headers it is.
    httpHeaders: (list = [], field) =>
      list.flatMap(({ name = '' }) => httpHeaderName(name).map((problem) => fieldError.invalid(field, name, problem))),
  }),
  rule(TCPSocketAction, { port: portOrName }),
  rule(GRPCAction, { port }),
]

/** What one kind of probe may say and another may not. */
export function containerProbes(
  { livenessProbe, readinessProbe, startupProbe }: Container,
  field: string,
): FieldError[] {
  const errors: FieldError[] = []
  for (const [name, probe] of Object.entries({ livenessProbe, startupProbe }))
    if (probe && (probe.successThreshold ?? 1) !== 1)
      errors.push(fieldError.invalid(`${field}.${name}.successThreshold`, probe.successThreshold, 'must be 1'))
  const seconds = readinessProbe?.terminationGracePeriodSeconds
  if (seconds !== undefined)
    errors.push(
      fieldError.invalid(
        `${field}.readinessProbe.terminationGracePeriodSeconds`,
        seconds,
        'must not be set for readinessProbes',
      ),
    )
  return errors
}

/** A hook's sleep must end within the pod's grace period. */
export function sleepProblems({ postStart, preStop }: Lifecycle, grace: number, field: string): FieldError[] {
  return Object.entries({ postStart, preStop }).flatMap(([name, hook]) => {
    const seconds = hook?.sleep?.seconds
    return seconds === undefined || (seconds >= 0 && seconds <= grace)
      ? []
      : [
          fieldError.invalid(
            `${field}.${name}.sleep`,
            seconds,
            `must be non-negative and less than terminationGracePeriodSeconds (${grace})`,
          ),
        ]
  })
}
