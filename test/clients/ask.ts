/** Rows by SQL, as `npm run query` gets them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { root } from './install.ts';

/** `query` is a named query, or SQL. */
export async function ask(url: string, query: string): Promise<Record<string, unknown>[]> {
  const what = query.includes(' ') ? ['--sql', query] : [query];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'scripts/query.ts', ...what, '--endpoint', url, '--format', 'json'],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout) as Record<string, unknown>[];
}

/** Asks until the answer is as it should be; fails with the last answer. */
export async function askUntil(
  url: string,
  query: string,
  isThere: (rows: Record<string, unknown>[]) => boolean,
): Promise<Record<string, unknown>[]> {
  for (let attempt = 0; ; attempt++) {
    const rows = await ask(url, query);
    if (isThere(rows) || attempt === 20) return rows;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
