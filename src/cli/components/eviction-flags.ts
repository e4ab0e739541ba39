import { type Command, InvalidArgumentError } from 'commander'
import { UserError } from '../../cluster/user-error.ts'
import { type Amounts, type EvictionOptions, thresholdsOf } from '../../kubelet/eviction/thresholds.ts'
import type { ImageGcOptions } from '../../kubelet/images/garbage.ts'
import { duration, list, pairs, wholeNumber } from '../flags.ts'

/** When a kubelet ends pods and removes images to keep its node alive. */
export interface EvictionFlags {
  evictionHard?: Amounts
  evictionSoft?: Amounts
  evictionSoftGracePeriod?: Record<string, string>
  evictionMinimumReclaim?: Amounts
  evictionPressureTransitionPeriod: number
  evictionMaxPodGracePeriod: number
  imageGcHighThreshold: number
  imageGcLowThreshold: number
  minimumImageTtlDuration: number
}

const hardText = 'pods go at once: signal<amount,... (default: memory.available<100Mi,nodefs.available<10%,...)'

export const withEviction = (command: Command): Command =>
  command
    .option('--eviction-hard <thresholds>', hardText, thresholds)
    .option('--eviction-soft <thresholds>', 'pods go after a grace period: signal<amount,...', thresholds)
    .option('--eviction-soft-grace-period <pairs>', 'that period, for each: signal=duration,...', pairs)
    .option('--eviction-minimum-reclaim <pairs>', 'what has to be free beyond a threshold: signal=amount,...', pairs)
    .option('--eviction-pressure-transition-period <duration>', 'a condition outlasts its cause by', duration, 300_000)
    .option(
      '--eviction-max-pod-grace-period <seconds>',
      'what a pod has to end after a soft threshold',
      wholeNumber(0, 86_400),
      0,
    )
    .option('--image-gc-high-threshold <percent>', 'disk use at which images are removed', wholeNumber(0, 100), 85)
    .option('--image-gc-low-threshold <percent>', 'down to which', wholeNumber(0, 100), 80)
    .option('--minimum-image-ttl-duration <duration>', 'an image stays for so long at least', duration, 120_000)

/** `memory.available<100Mi,nodefs.available<10%`; nothing at all switches every default off. */
function thresholds(text: string, before: Amounts = {}): Amounts {
  const entries = list(text).map((item): [string, string] => {
    const [, signal, amount] = /^([^<]+)<([^<]+)$/.exec(item) ?? []
    if (!signal || !amount) throw new InvalidArgumentError(`Give signal<amount, not ${JSON.stringify(item)}.`)
    return [signal, amount]
  })
  return { ...before, ...Object.fromEntries(entries) }
}

/** @throws UserError for what does not go together */
export function evictionOf(flags: EvictionFlags): { eviction: EvictionOptions; imageGc: ImageGcOptions } {
  const { evictionHard, evictionSoft, evictionSoftGracePeriod, evictionMinimumReclaim } = flags
  if (flags.imageGcLowThreshold >= flags.imageGcHighThreshold)
    throw new UserError('--image-gc-low-threshold has to be below --image-gc-high-threshold')
  const graces = Object.entries(evictionSoftGracePeriod ?? {}).map(([signal, text]) => [signal, graceOf(signal, text)])
  const eviction: EvictionOptions = {
    ...(evictionHard && { hard: evictionHard }),
    ...(evictionSoft && { soft: evictionSoft }),
    softGraceMs: Object.fromEntries(graces),
    ...(evictionMinimumReclaim && { minimumReclaim: evictionMinimumReclaim }),
    transitionMs: flags.evictionPressureTransitionPeriod,
    maxPodGraceSeconds: flags.evictionMaxPodGracePeriod,
  }
  try {
    thresholdsOf(eviction)
  } catch (error) {
    throw new UserError((error as Error).message)
  }
  return {
    eviction,
    imageGc: {
      highPercent: flags.imageGcHighThreshold,
      lowPercent: flags.imageGcLowThreshold,
      minAgeMs: flags.minimumImageTtlDuration,
    },
  }
}

function graceOf(signal: string, text: string): number {
  try {
    return duration(text)
  } catch {
    throw new UserError(`--eviction-soft-grace-period ${signal}=${text}: give a duration such as 90s or 2m`)
  }
}
