/**
 * The doors between the embedded runtime and the world. Everything in `local/` that tells the time, rolls
 * dice or touches a disk takes one of these, so that a test can hand it a clock that stands still or a disk
 * that fails.
 */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export interface Random {
  /** `size` random bytes. */
  bytes(size: number): Uint8Array;
}

/** A file system, as far as a durable store needs one. Paths are absolute. Missing files: error code ENOENT. */
export interface Disk {
  read(path: string): Promise<Buffer>;
  /** At most `length` bytes from `offset`; fewer at the end of the file. */
  readAt(path: string, offset: number, length: number): Promise<Buffer>;
  /** Writes a new file and fsyncs it; the directory entry needs `syncDir`. */
  write(path: string, data: Uint8Array): Promise<void>;
  /** Creates `path` with `data`, durably, entry included; EEXIST if there is one. All or nothing. */
  create(path: string, data: Uint8Array): Promise<void>;
  /** Replaces `path` with `data`, durably, entry included. All or nothing. */
  replace(path: string, data: Uint8Array): Promise<void>;
  /** Opens a file for appending (made if absent). */
  append(path: string): Promise<AppendFile>;
  /** Fsyncs a file that somebody else wrote. */
  sync(path: string): Promise<void>;
  /** Fsyncs a directory, so that entries made in it survive. */
  syncDir(path: string): Promise<void>;
  /** Names in a directory, sorted; empty if it does not exist. */
  list(path: string): Promise<string[]>;
  /** Makes a directory and its parents, durably. */
  mkdir(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; no error if it is not there. */
  remove(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Bytes in a file. */
  size(path: string): Promise<number>;
  /** When a file was last written, in milliseconds since 1970. */
  modified(path: string): Promise<number>;
  /** Bytes free for us on the file system of `path`. */
  free(path: string): Promise<number>;
}

export interface AppendFile {
  /** Appends at the end; resolves when the operating system has all of it. */
  write(data: Uint8Array): Promise<void>;
  /** Fdatasync: resolves when what was written is durable. */
  sync(): Promise<void>;
  /** Cuts the file to `size` bytes. */
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
