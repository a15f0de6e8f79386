/**
 * A row of a result as Athena's result files have it: every value quoted, quotes doubled, NULL an empty field, the
 * empty string `""` (measured by others; Athena user guide, "Work with query results", says CSV and no more).
 */

export type ResultRow = (string | null)[];

/** With the line's end. */
export function csvLine(row: ResultRow): string {
  return `${row.map((value) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)).join(',')}\n`;
}

/** A line without its end, which may hold line breaks inside of quotes. */
export function parseCsvLine(line: string): ResultRow {
  const row: ResultRow = [];
  for (let at = 0; ; at++) {
    if (line[at] === '"') {
      let end = line.indexOf('"', at + 1);
      while (end >= 0 && line[end + 1] === '"') end = line.indexOf('"', end + 2);
      // A reader that begins amid a line, by a token of its own making, finds no end.
      if (end < 0) end = line.length;
      row.push(line.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
    } else {
      row.push(null);
    }
    if (line[at] !== ',') return row;
  }
}

/** Where the line that begins at `from` ends (the place of its line break); -1 if the bytes do not hold its end. */
export function endOfLine(bytes: Uint8Array, from: number): number {
  let quoted = false;
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === 0x22) quoted = !quoted;
    else if (bytes[at] === 0x0a && !quoted) return at;
  }
  return -1;
}
