/** The file system behind the `Disk` port: every promise of durability is an fsync here. */
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { AppendFile, Disk } from './ports.ts';

let temporaries = 0;

/** The real disk. */
export const nodeDisk: Disk = {
  read: (file) => fs.readFile(file),

  async readAt(file, offset, length) {
    const handle = await fs.open(file, 'r');
    try {
      const buffer = Buffer.allocUnsafe(length);
      const { bytesRead } = await handle.read(buffer, 0, length, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  },

  async write(file, data) {
    const handle = await fs.open(file, 'w');
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
  },

  async create(file, data) {
    const temporary = temporaryName(file);
    try {
      await nodeDisk.write(temporary, data);
      // A link, unlike a rename, fails if the name is taken.
      await fs.link(temporary, file);
    } finally {
      await fs.rm(temporary, { force: true });
    }
    await nodeDisk.syncDir(path.dirname(file));
  },

  async replace(file, data) {
    const temporary = temporaryName(file);
    try {
      await nodeDisk.write(temporary, data);
      await fs.rename(temporary, file);
    } catch (error) {
      await fs.rm(temporary, { force: true });
      throw error;
    }
    await nodeDisk.syncDir(path.dirname(file));
  },

  async append(file): Promise<AppendFile> {
    const handle = await fs.open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
    return {
      async write(data) {
        let written = 0;
        while (written < data.length) {
          const { bytesWritten } = await handle.write(data, written, data.length - written);
          written += bytesWritten;
        }
      },
      sync: () => handle.datasync(),
      async truncate(size) {
        await handle.truncate(size);
        await handle.sync();
      },
      close: () => handle.close(),
    };
  },

  async sync(file) {
    const handle = await fs.open(file, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },

  async syncDir(directory) {
    // Windows has no handles of directories to sync; its file systems journal entries by themselves.
    if (process.platform === 'win32') return;
    const handle = await fs.open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },

  async list(directory) {
    try {
      return (await fs.readdir(directory)).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  },

  async mkdir(directory) {
    const first = await fs.mkdir(directory, { recursive: true });
    if (first === undefined) return;
    for (let made = directory; made.length >= first.length; made = path.dirname(made)) {
      await nodeDisk.syncDir(path.dirname(made));
    }
  },

  rename: (from, to) => fs.rename(from, to),
  remove: (file) => fs.rm(file, { force: true }),

  async exists(file) {
    return fs.access(file).then(
      () => true,
      () => false,
    );
  },

  async size(file) {
    return (await fs.stat(file)).size;
  },

  async modified(file) {
    return (await fs.stat(file)).mtimeMs;
  },

  async free(directory) {
    const { bavail, bsize } = await fs.statfs(directory);
    return bavail * bsize;
  },
};

/** A name beside `file` that no reader takes for a finished file. */
function temporaryName(file: string): string {
  temporaries += 1;
  return `${file}.${process.pid}-${temporaries}.tmp`;
}
