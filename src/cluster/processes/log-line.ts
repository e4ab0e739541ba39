import { fstatSync, writeSync } from 'node:fs'

const isFile = isFileAt(2)
let lost = 0

/**
 * Writes a line to standard error. If the disk is full, it drops and counts the line: Node's own stream would end the
 * process, or stay silent for good.
 */
export function logLine(line: string): void {
  if (!isFile) {
    process.stderr.write(`${line}\n`)
    return
  }
  try {
    writeSync(2, lost > 0 ? `${lost} lines are missing here: the disk was full\n${line}\n` : `${line}\n`)
    lost = 0
  } catch {
    lost++
  }
}

function isFileAt(fd: number): boolean {
  try {
    return fstatSync(fd).isFile()
  } catch {
    return false
  }
}
