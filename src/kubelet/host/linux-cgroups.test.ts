import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linuxHost } from './linux.ts'
import { version2 } from './linux-cgroups.ts'

test.skipIf(process.platform !== 'linux')(
  'cgroup v2: a pod by its own files, the machine by /proc/meminfo',
  async () => {
    const root = mkdtempSync(join(tmpdir(), 'k8ts-cgroup-'))
    try {
      mkdirSync(join(root, 'pod1'))
      const files = {
        'cpu.stat': 'usage_usec 2000\nuser_usec 1500\n',
        'memory.current': '5000\n',
        'memory.stat': 'anon 3000\nfile 1500\ninactive_file 1200\nactive_file 300\n',
        'pids.current': '7\n',
      }
      for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'pod1', name), text)
      // As on a real machine, the root has neither memory.current nor pids.current.
      writeFileSync(join(root, 'cpu.stat'), 'usage_usec 9000\n')
      const { usage } = version2(root)
      expect(await usage('/pod1')).toEqual({
        cpuNanoseconds: 2_000_000,
        memoryUsageBytes: 5000,
        memoryWorkingSetBytes: 3800,
        memoryRssBytes: 3000,
        processes: 7,
      })
      const machine = await usage('')
      expect(machine.memoryUsageBytes).toBeGreaterThan(machine.memoryWorkingSetBytes)
      expect(machine.memoryWorkingSetBytes).toBeGreaterThan(0)
      expect(machine.memoryUsageBytes).toBeLessThan(totalmem())
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  },
)

test.skipIf(process.platform !== 'linux')('what is left of this machine', async () => {
  const { memory, processes, nodeFs, imageFs, separateImageFs } = await linuxHost().resources('/', '/proc')
  for (const { available, capacity } of [memory, processes]) {
    expect(available).toBeGreaterThan(0)
    expect(available).toBeLessThan(capacity)
  }
  expect(nodeFs.availableBytes).toBeLessThan(nodeFs.capacityBytes)
  expect(imageFs.capacityBytes).toBe(0)
  expect(separateImageFs).toBe(true)
})
