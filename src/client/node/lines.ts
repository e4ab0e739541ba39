/**
 * Cuts a stream of bytes into lines. Each byte is looked at once and copied at most once, however large a line is and
 * in however many pieces it comes. Answers the lines that a piece completes, as text and without their newlines.
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
