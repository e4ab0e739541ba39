import { maxScore, type Plugin } from '../plugin.ts'

/** Prefers nodes with equal shares of cpu and memory in use, so that neither runs out alone. */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  prepare(pod) {
    const { cpu, memory } = pod.requested
    // Pods without requests would pile up where the balance happens to be best.
    if (cpu === 0 && memory === 0) return undefined
    return {
      score({ allocatable, requested }) {
        if (allocatable.cpu === 0 || allocatable.memory === 0) return maxScore
        const cpuShare = Math.min(1, (requested.cpu + cpu) / allocatable.cpu)
        const memoryShare = Math.min(1, (requested.memory + memory) / allocatable.memory)
        // The standard deviation of two numbers is half their distance.
        return Math.floor((1 - Math.abs(cpuShare - memoryShare) / 2) * maxScore)
      },
    }
  },
  helps: () => false,
}
