/** Rows as people and programs read them. Each writer takes pages as they come and holds one at most. */
import type { Answer, Column } from './athena.ts';
import type { Output } from './output.ts';

export const writers = { table: writeTable, json: writeJson, csv: writeCsv } as const;

/** Columns as wide as the first page needs; numbers to the right. */
async function writeTable({ columns, pages }: Answer, output: Output): Promise<void> {
  let widths: number[] | undefined;
  const line = (cells: readonly string[]) =>
    `${cells.map((cell, at) => (isNumber(columns[at]!) ? cell.padStart(widths![at]!) : cell.padEnd(widths![at]!))).join('  ')}`.trimEnd();
  for await (const rows of pages) {
    const texts = rows.map((row) => row.map((value) => output.cell(plain(value ?? 'null'))));
    const lines = [...texts];
    if (widths === undefined) {
      widths = columns.map(({ name }, at) => Math.max(name.length, ...texts.map((row) => row[at]!.length)));
      lines.unshift(
        columns.map(({ name }) => name),
        widths.map((width) => '-'.repeat(width)),
      );
    }
    await output.write(lines.map((cells) => `${line(cells)}\n`).join(''));
    if (output.gone) return;
  }
}

/** On one line, and without what a terminal would obey: values are whatever clients sent. */
function plain(text: string): string {
  return text.replaceAll(/[\r\n\t]+/g, ' ').replaceAll(/\p{Cc}/gu, '\ufffd');
}

/** RFC 4180 with LF: quotes only around commas, quotes and line breaks; NULL is empty. */
async function writeCsv({ columns, pages }: Answer, output: Output): Promise<void> {
  await output.write(csvLine(columns.map(({ name }) => name)));
  for await (const rows of pages) {
    await output.write(rows.map(csvLine).join(''));
    if (output.gone) return;
  }
}

function csvLine(values: readonly (string | null)[]): string {
  // A lone empty field would be an empty line, which readers skip.
  if (values.length === 1 && (values[0] ?? '') === '') return '""\n';
  const fields = values.map((value) => {
    const text = value ?? '';
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${fields.join(',')}\n`;
}

/** An array of objects; numbers and booleans are such, unless a number would lose digits. */
async function writeJson({ columns, pages }: Answer, output: Output): Promise<void> {
  let separator = '[\n';
  for await (const rows of pages) {
    const objects = rows.map((row) =>
      JSON.stringify(
        Object.fromEntries(columns.map((column, at) => [column.name, jsonValue(column, row[at] ?? null)])),
      ),
    );
    if (objects.length > 0) {
      await output.write(separator + objects.map((text) => `  ${text}`).join(',\n'));
      separator = ',\n';
    }
    if (output.gone) return;
  }
  await output.write(separator === '[\n' ? '[]\n' : '\n]\n');
}

function jsonValue(column: Column, text: string | null): string | number | boolean | null {
  if (text === null) return null;
  if (column.type === 'boolean') return text === 'true';
  if (!isNumber(column)) return text;
  const value = Number(text);
  const exact = /^(double|float)$/.test(column.type)
    ? Number.isFinite(value)
    : text.replaceAll(/[-.]/g, '').replace(/^0+/, '').length <= 15 || Number.isSafeInteger(value);
  return exact ? value : text;
}

function isNumber({ type }: Column): boolean {
  return ['tinyint', 'smallint', 'integer', 'bigint', 'float', 'double', 'decimal'].includes(type);
}
