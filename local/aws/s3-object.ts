/** GetObject and HeadObject: a file below a folder, whole or a range of it, if conditions allow. */
import { type FileHandle, open, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { ApiError } from './json11.ts';

export interface ObjectAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Readable;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export async function readObject(directory: string, key: string, headers: Headers): Promise<ObjectAnswer> {
  const file = await openObject(directory, key);
  try {
    const { size, mtimeMs, mtimeNs } = await file.stat({ bigint: true });
    const object = {
      size: Number(size),
      // Modified to the second, as HTTP's dates are.
      modifiedMs: Math.floor(Number(mtimeMs) / 1000) * 1000,
      etag: `"${mtimeNs.toString(16)}-${size.toString(16)}"`,
    };
    const known = { etag: object.etag, 'last-modified': new Date(object.modifiedMs).toUTCString() };
    const unmet = unmetCondition(headers, object);
    if (unmet === 'not-modified') {
      await file.close();
      return { status: 304, headers: known, body: '' };
    }
    if (unmet === 'failed') {
      throw new ApiError('PreconditionFailed', 'At least one of the pre-conditions did not hold', 412);
    }
    const range = readRange(String(headers.range ?? ''), object.size);
    if (range === 'unsatisfiable') {
      throw new ApiError('InvalidRange', 'The requested range is not satisfiable', 416, {
        'content-range': `bytes */${object.size}`,
      });
    }
    const { start, end } = range ?? { start: 0, end: object.size - 1 };
    const answer = {
      status: range === undefined ? 200 : 206,
      headers: {
        ...known,
        'accept-ranges': 'bytes',
        'content-type': 'binary/octet-stream',
        'content-length': String(end - start + 1),
        ...(range !== undefined && { 'content-range': `bytes ${start}-${end}/${object.size}` }),
      },
    };
    // The stream closes the file.
    return { ...answer, body: file.createReadStream({ start, end: Math.max(start, end) }) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Opens the file of a key. Nothing outside of the folder is reached, by dots or by links. */
async function openObject(directory: string, key: string): Promise<FileHandle> {
  const segments = key.split('/');
  const missing = new ApiError('NoSuchKey', 'The specified key does not exist.', 404);
  if (key.includes('\0') || segments.some((segment) => ['', '.', '..'].includes(segment))) throw missing;
  let file: FileHandle | undefined;
  try {
    const root = await realpath(directory);
    const found = await realpath(path.join(root, ...segments));
    if (!found.startsWith(root + path.sep)) throw missing;
    file = await open(found, 'r');
    if ((await file.stat()).isFile()) return file;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EISDIR'].includes(code)) throw error;
  }
  await file?.close();
  throw missing;
}

/** Which condition of a request does not hold (RFC 9110, section 13.2.2). */
export function unmetCondition(
  headers: Headers,
  { etag, modifiedMs }: { etag: string; modifiedMs: number },
): 'failed' | 'not-modified' | undefined {
  const names = (name: string): boolean | undefined => {
    const value = headers[name];
    if (typeof value !== 'string') return undefined;
    return value.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
  };
  const date = (name: string): number => Date.parse(String(headers[name] ?? ''));
  const match = names('if-match');
  if (match === false) return 'failed';
  if (match === undefined && modifiedMs > date('if-unmodified-since')) return 'failed';
  const noneMatch = names('if-none-match');
  if (noneMatch === true) return 'not-modified';
  if (noneMatch === undefined && modifiedMs <= date('if-modified-since')) return 'not-modified';
  return undefined;
}

/** The one range that a header asks for; undefined for all: S3 gives the whole object for what it does not read. */
export function readRange(
  header: string,
  size: number,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/.exec(header.trim());
  if (match === null) return undefined;
  const [, from, to, last] = match;
  if (last !== undefined) {
    const start = Math.max(0, size - Number(last));
    return Number(last) === 0 || size === 0 ? 'unsatisfiable' : { start, end: size - 1 };
  }
  const start = Number(from);
  const end = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}
