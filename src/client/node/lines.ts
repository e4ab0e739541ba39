/**
 * Cuts a stream of bytes into lines. Reads each byte once and copies it at most once, for lines of any size in any number of
 * pieces. Returns the lines that a piece completes, as text without newlines.
 */
export function lineSplitter(): (piece: Buffer) => string[] {
  let open: Buffer[] = []
  return (piece) => {
    const lines: string[] = []
    let start = 0
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, start)) {
      const last = piece.subarray(start, end)
      lines.push((open.length ? Buffer.concat([...open, last]) : last).toString('utf8'))
      open = []
      start = end + 1
    }
    if (start < piece.length) open.push(start ? piece.subarray(start) : piece)
    return lines
  }
}
