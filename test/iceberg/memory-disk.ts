/** A disk without a disk, for tests that make many tables: what a port call promises, without the fsyncs. */
import type { Disk } from '../../local/ports.ts';

export function memoryDisk(): Disk {
  const files = new Map<string, Buffer>();
  const failure = (code: string, file: string) => Object.assign(new Error(`${code}: ${file}`), { code });
  const notHere = (what: string) => (): never => {
    throw new Error(`the memory disk cannot ${what}`);
  };
  const write = async (file: string, data: Uint8Array) => {
    files.set(file, Buffer.from(data));
  };
  const read = async (file: string): Promise<Buffer> => {
    const data = files.get(file);
    if (data === undefined) throw failure('ENOENT', file);
    return data;
  };
  return {
    read,
    readAt: async (file, offset, length) => (await read(file)).subarray(offset, offset + length),
    write,
    replace: write,
    async create(file, data) {
      if (files.has(file)) throw failure('EEXIST', file);
      await write(file, data);
    },
    append: notHere('append'),
    sync: async () => {},
    syncDir: async () => {},
    async list(directory) {
      const inside = [...files.keys()].filter((file) => file.startsWith(`${directory}/`));
      return inside.map((file) => file.slice(directory.length + 1)).sort();
    },
    mkdir: async () => {},
    rename: notHere('rename'),
    remove: async (file) => {
      files.delete(file);
    },
    exists: async (file) => files.has(file),
    size: async (file) => (await read(file)).length,
    modified: async () => 0,
    free: async () => Number.MAX_SAFE_INTEGER,
  };
}
