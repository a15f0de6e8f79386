/**
 * Access keys of a home, each with a role: the file `keys.json`, readable by its owner only. Secrets are stored as
 * they are, since whoever checks a signature of AWS's kind must have the secret itself (AWS, "Signature Version 4").
 */
import { randomBytes, randomInt } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Fault } from '../lake/errors.ts';
import { type Role, roles } from '../lake/grants.ts';

export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
  role: Role;
  /** What the key is for, in its maker's words. */
  note: string;
  /** ISO 8601, UTC. */
  created: string;
}

/** Reads the keys of a home; a key that is made or revoked meanwhile counts from the next request on. */
export class Keys {
  readonly #file: string;
  readonly #required: boolean;
  #stamp = '';
  #keys: ReadonlyMap<string, AccessKey> = new Map();

  /** `required`: requests need a signature whether there are keys or not, since others can reach the endpoint. */
  constructor(home: string, required = false) {
    this.#file = keysFile(home);
    this.#required = required;
  }

  /** Whether requests need a signature: as soon as keys were ever made, and also when all were revoked. */
  get configured(): boolean {
    return this.#required || fs.existsSync(this.#file);
  }

  /** Whether somebody could sign a request now. Throws a Fault for a damaged file. */
  get hasAny(): boolean {
    this.#refresh();
    return this.#keys.size > 0;
  }

  /** The secret and the role of a key; undefined for one that is unknown or revoked. Throws a Fault for a damaged file. */
  find(accessKeyId: string): { secret: string; role: Role } | undefined {
    this.#refresh();
    const key = this.#keys.get(accessKeyId);
    return key && { secret: key.secretAccessKey, role: key.role };
  }

  #refresh(): void {
    const stat = fs.statSync(this.#file, { throwIfNoEntry: false, bigint: true });
    const stamp = stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeNs}`;
    if (stamp === this.#stamp) return;
    this.#keys = new Map(readKeysFile(this.#file).map((key) => [key.accessKeyId, key]));
    this.#stamp = stamp;
  }
}

/** All keys of a home, in the order in which they were made. Throws a Fault for a folder that is no home. */
export function listKeys(home: string): readonly AccessKey[] {
  return readKeysFile(keysFile(checkedHome(home)));
}

/** Makes a key, shaped like AWS's. `now`: milliseconds since 1970. */
export function makeKey(home: string, role: Role, note: string, now: number): AccessKey {
  const key: AccessKey = {
    accessKeyId: `AKIA${Array.from({ length: 16 }, () => base32[randomInt(base32.length)]).join('')}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    role,
    note,
    created: new Date(now).toISOString(),
  };
  change(home, (keys) => [...keys, key]);
  return key;
}

/** Revokes a key. Throws a Fault if there is none such. */
export function revokeKey(home: string, accessKeyId: string): void {
  change(home, (keys) => {
    const others = keys.filter((key) => key.accessKeyId !== accessKeyId);
    if (others.length < keys.length) return others;
    const known = keys.map((key) => key.accessKeyId).join(', ') || 'none';
    throw new Fault(`there is no key ${accessKeyId}; the home ${home} has ${known}`);
  });
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function keysFile(home: string): string {
  return path.join(path.resolve(home), 'keys.json');
}

function checkedHome(home: string): string {
  if (fs.existsSync(path.join(home, 'home.json'))) return home;
  throw new Fault(`${path.resolve(home)} is not a home of Firn: it has no home.json; npm start makes one`);
}

function readKeysFile(file: string): AccessKey[] {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new Fault(`${file} cannot be read: ${(error as Error).message}`);
  }
  const keys = parse(text);
  if (keys !== undefined) return keys;
  throw new Fault(
    `${file} is damaged: expected {"keys": [ … ]} as npm run keys writes it; restore or remove it`,
  );
}

function parse(text: string): AccessKey[] | undefined {
  try {
    const { keys } = JSON.parse(text) as { keys: AccessKey[] };
    const isKey = ({ accessKeyId: id, secretAccessKey: secret, role }: AccessKey) =>
      typeof id === 'string' && typeof secret === 'string' && secret !== '' && roles.includes(role);
    return keys.every(isKey) ? keys : undefined;
  } catch {
    return undefined;
  }
}

/** All or nothing: a reader sees the former keys or the new ones. Two changes at a time: one of them is refused. */
function change(home: string, next: (keys: readonly AccessKey[]) => readonly AccessKey[]): void {
  checkedHome(home);
  const file = keysFile(home);
  const fresh = `${file}.new`;
  const descriptor = openNew(fresh);
  try {
    try {
      const text = `${JSON.stringify({ keys: next(readKeysFile(file)) }, null, 2)}\n`;
      fs.writeSync(descriptor, text);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(fresh, file);
  } catch (error) {
    fs.rmSync(fresh, { force: true });
    throw error;
  }
}

/** The file that becomes the next `keys.json` is the lock, too. A change takes milliseconds: an old one was killed. */
function openNew(file: string): number {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat !== undefined && Date.now() - stat.mtimeMs > 10_000) fs.rmSync(file, { force: true });
  try {
    return fs.openSync(file, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Fault(`another npm run keys is changing the keys (${file} is there); try again`);
  }
}
