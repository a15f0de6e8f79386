/** The queries that ship, read from their files. */
import { readdir, readFile } from 'node:fs/promises';
import { type NamedQuery, parseNamedQuery, queryFolders } from '../../lake/queries.ts';

/** Sorted by name. Throws for a file whose header does not parse. */
export async function readQueries(): Promise<NamedQuery[]> {
  const found = await Promise.all(queryFolders.map(readFolder));
  return found.flat().sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of one of the folders. */
export async function readFolder(folder: string): Promise<NamedQuery[]> {
  const directory = new URL(`../../queries/${folder}/`, import.meta.url);
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql'));
  return Promise.all(
    files.map(async (file) => parseNamedQuery(file, await readFile(new URL(file, directory), 'utf8'))),
  );
}
