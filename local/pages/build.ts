/**
 * Builds the page with Vite: once after an install or a change, by whoever starts first. The build takes about a
 * second, and nothing else needs it, so it is no step of its own.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const source = path.join(root, 'web');
const stampName = 'built-from';

/** Where the built page is. */
export const builtPages = path.join(root, 'dist', 'pages');

/** Builds the page unless it is built from what is there now. Answers why it could not be, if it could not. */
export async function buildPages(): Promise<string | undefined> {
  const stamp = stampOf([
    source,
    ...['page', 'queries.ts', 'settings.ts', 'errors.ts'].map((name) => path.join(root, 'lake', name)),
    path.join(root, 'package-lock.json'),
  ]);
  const stampFile = path.join(builtPages, stampName);
  if (fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === stamp) return undefined;
  // Built aside and moved into place, so that two starts at once do no harm.
  const aside = `${builtPages}-${process.pid}`;
  try {
    await vite('build', source, '--outDir', aside, '--emptyOutDir', '--logLevel', 'error');
    fs.writeFileSync(path.join(aside, stampName), stamp);
    fs.rmSync(builtPages, { recursive: true, force: true });
    fs.renameSync(aside, builtPages);
    return undefined;
  } catch (error) {
    fs.rmSync(aside, { recursive: true, force: true });
    return (error as Error).message;
  }
}

/** In a process of its own: a bundler's memory would stay with the lakehouse. */
async function vite(...args: string[]): Promise<void> {
  const folder = path.dirname(createRequire(import.meta.url).resolve('vite/package.json'));
  await promisify(execFile)(process.execPath, [path.join(folder, 'bin', 'vite.js'), ...args]);
}

/** A hash of all files in these places. */
function stampOf(places: readonly string[]): string {
  const hash = createHash('sha256');
  for (const place of places) {
    const names = fs.statSync(place).isDirectory()
      ? fs
          .readdirSync(place, { recursive: true, encoding: 'utf8' })
          .sort()
          .map((name) => path.join(place, name))
      : [place];
    for (const name of names) {
      if (!fs.statSync(name).isFile()) continue;
      hash.update(`${path.relative(root, name)}\n`).update(fs.readFileSync(name));
    }
  }
  return hash.digest('hex');
}
