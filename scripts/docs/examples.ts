/** Reads the answers that the reports' tests expect (`test/reports/golden/`). */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Example } from './reports.ts';

/** By the report's name. A report with several has the one of its plain name. */
export function readExamples(folder: string): Map<string, Example> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.csv') && !file.includes('--'));
  return new Map(
    files.map((file) => [
      path.basename(file, '.csv'),
      parseExample(readFileSync(path.join(folder, file), 'utf8')),
    ]),
  );
}

function parseExample(text: string): Example {
  const [first = '', header = '', ...lines] = text.trimEnd().split('\n');
  return {
    parameters: first.includes('=') ? first.slice('-- '.length) : '',
    columns: header.split(','),
    rows: lines.map(csvCells),
  };
}

function csvCells(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
  );
}
