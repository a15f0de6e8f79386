/** A database of countries by address, beside the transform's code: where a stage's setting names a file. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CloudSettings } from '../lake/cloud/settings.ts';
import { Fault } from '../lake/errors.ts';
import type { PackagedFile } from './functions.ts';

/** MiB of the file. A function's package is unpacked to at most 250 MB, and the database is held in memory. */
const limitMiB = 200;
/** Begins the metadata at the end of a file of MaxMind's format. */
const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');

export interface CountryDatabase {
  file: PackagedFile;
  /** Where the function finds it: Lambda unpacks packages to `/var/task`. */
  place: string;
}

/** Undefined: there is none. Throws a Fault for a file that the transform could not read. */
export function countryDatabase({
  enrichCountry,
  enrichCountryDatabase: given,
}: CloudSettings): CountryDatabase | undefined {
  if (!enrichCountry || given === '') return undefined;
  const file = path.resolve($cli.paths.root, given);
  const wrong = (reason: string) =>
    new Fault(
      `setting enrichCountryDatabase: ${file} ${reason}; expected a database of countries in MaxMind's format, of at most ${limitMiB} MiB`,
    );
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw wrong(`cannot be read (${(error as Error).message})`);
  }
  if (bytes.length > limitMiB * 1024 ** 2) throw wrong(`has ${bytes.length} bytes`);
  if (bytes.lastIndexOf(marker) === -1) throw wrong('is in another format');
  return {
    // The platform takes paths from the project's folder only.
    file: { from: path.relative($cli.paths.root, file), to: 'country.mmdb' },
    place: '/var/task/country.mmdb',
  };
}
