/** A line as CRI runtimes write it: `2016-10-06T00:17:09.669794202Z stdout F the text`. */
export interface LogLine {
  /** RFC 3339 with nanoseconds. */
  time: string
  stream: 'stdout' | 'stderr'
  /** The runtime has split a long line: the next one continues it. */
  partial: boolean
  text: string
}

/** Undefined for any other text. */
export function parseLogLine(row: string): LogLine | undefined {
  const timeEnd = row.indexOf(' ')
  const streamEnd = row.indexOf(' ', timeEnd + 1)
  const tagEnd = row.indexOf(' ', streamEnd + 1)
  if (timeEnd < 0 || streamEnd < 0) return undefined
  const stream = row.slice(timeEnd + 1, streamEnd)
  if (stream !== 'stdout' && stream !== 'stderr') return undefined
  const tag = tagEnd < 0 ? row.slice(streamEnd + 1) : row.slice(streamEnd + 1, tagEnd)
  return {
    time: row.slice(0, timeEnd),
    stream,
    partial: tag.split(':')[0] === 'P',
    text: tagEnd < 0 ? '' : row.slice(tagEnd + 1),
  }
}
