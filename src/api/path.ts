/** A step into an object or a list. */
export type PathStep = string | number

/** `spec.containers[0].image` */
export function pathText(steps: readonly PathStep[]): string {
  let text = ''
  for (const step of steps) {
    text += typeof step === 'number' ? `[${step}]` : text === '' ? step : `.${step}`
  }
  return text
}
