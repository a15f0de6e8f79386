/** ListObjectsV2: the files below a folder, in the order of their keys. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ApiError } from './json11.ts';
import type { XmlElements } from './xml.ts';

const keysMax = 1000;

/** The content of `ListBucketResult` for the query of a request. */
export async function listObjects(
  directory: string,
  bucket: string,
  query: URLSearchParams,
): Promise<XmlElements> {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const size = readSize(query.get('max-keys'));
  const token = query.get('continuation-token') ?? undefined;
  const after = token === undefined ? (query.get('start-after') ?? '') : decodeToken(token);
  const spell = query.get('encoding-type') === 'url' ? encodeKey : (key: string) => key;

  const contents: XmlElements[] = [];
  const prefixes: string[] = [];
  let last = after;
  let isTruncated = false;
  for await (const key of keysBelow(directory, prefix, after)) {
    // A common prefix that was given stands for all of its keys.
    if (key <= last || (delimiter !== '' && last.endsWith(delimiter) && key.startsWith(last))) continue;
    if (contents.length + prefixes.length === size) {
      isTruncated = size > 0;
      break;
    }
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (end >= 0) {
      last = key.slice(0, end + delimiter.length);
      prefixes.push(last);
      continue;
    }
    const content = await describe(directory, key, spell);
    if (content === undefined) continue;
    last = key;
    contents.push(content);
  }
  return {
    Name: bucket,
    Prefix: spell(prefix),
    ...(delimiter !== '' && { Delimiter: spell(delimiter) }),
    ...(query.has('encoding-type') && { EncodingType: 'url' }),
    ...(query.has('start-after') && { StartAfter: spell(query.get('start-after')!) }),
    ...(token !== undefined && { ContinuationToken: token }),
    MaxKeys: size,
    KeyCount: contents.length + prefixes.length,
    IsTruncated: isTruncated,
    ...(isTruncated && { NextContinuationToken: Buffer.from(last).toString('base64') }),
    Contents: contents,
    CommonPrefixes: prefixes.map((common) => ({ Prefix: spell(common) })),
  };
}

/** Keys that begin with `prefix` and are not all before `after`, in order; folders that hold none are not read. */
async function* keysBelow(
  directory: string,
  prefix: string,
  after: string,
  folder = '',
): AsyncGenerator<string> {
  const entries = await readdir(path.join(directory, folder), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      // Removed meanwhile.
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  // A folder's keys sort by its name with the slash.
  const names = entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => folder + entry.name + (entry.isDirectory() ? '/' : ''))
    .sort();
  for (const name of names) {
    if (!name.endsWith('/')) {
      if (name.startsWith(prefix)) yield name;
    } else if (
      (name.startsWith(prefix) || prefix.startsWith(name)) &&
      (name > after || after.startsWith(name))
    ) {
      yield* keysBelow(directory, prefix, after, name);
    }
  }
}

async function describe(
  directory: string,
  key: string,
  spell: (key: string) => string,
): Promise<XmlElements | undefined> {
  try {
    const { size, mtime, mtimeNs } = await stat(path.join(directory, key), { bigint: true });
    return {
      Key: spell(key),
      LastModified: mtime.toISOString(),
      ETag: `"${mtimeNs.toString(16)}-${size.toString(16)}"`,
      Size: String(size),
      StorageClass: 'STANDARD',
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function readSize(text: string | null): number {
  if (text === null) return keysMax;
  if (!/^\d{1,10}$/.test(text)) {
    throw new ApiError('InvalidArgument', `max-keys must be a whole number, not ${text.slice(0, 20)}`);
  }
  return Math.min(keysMax, Number(text));
}

/** The last key or common prefix that was given. */
function decodeToken(token: string): string {
  const last = Buffer.from(token, 'base64').toString();
  if (last !== '' && Buffer.from(last).toString('base64') === token) return last;
  throw new ApiError('InvalidArgument', 'The continuation token provided is incorrect');
}

function encodeKey(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}
