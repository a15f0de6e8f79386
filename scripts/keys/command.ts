/** `npm run keys`: makes, lists and revokes the access keys of a home. */
import path from 'node:path';
import { type Role, roles } from '../../lake/grants.ts';
import { Keys, listKeys, makeKey, revokeKey } from '../../local/keys.ts';
import { type Command, UsageError } from '../cli.ts';

const flags = {
  home: { type: 'string', value: 'folder', help: 'folder that holds the lakehouse', default: '.firn' },
  role: { type: 'string', choices: roles, help: 'what a new key may do', default: 'analyst' },
  note: { type: 'string', help: 'what a new key is for', default: '' },
} as const;

export const keysCommand: Command<typeof flags> = {
  name: 'npm run keys --',
  summary: `Access keys of the lakehouse on this machine. From the first key on, every request needs a signature; a
running lakehouse follows at once. The home keeps the secrets, since signatures cannot be checked without.`,
  flags,
  words: { value: '[make | list | revoke <id>]', help: 'what to do; list unless told otherwise', max: 2 },
  examples: [
    'npm run keys -- make --role engineer --note "me, on the laptop"',
    'npm run keys',
    'npm run keys -- revoke AKIA…',
  ],
  async run({ home, role, note }, [action = 'list', id]) {
    if (action === 'revoke' && id !== undefined) {
      revokeKey(home, id);
      console.log(`${id} is revoked`);
    } else if (action === 'make' && id === undefined) {
      const key = makeKey(home, role as Role, note, Date.now());
      console.log(`AWS_ACCESS_KEY_ID=${key.accessKeyId}\nAWS_SECRET_ACCESS_KEY=${key.secretAccessKey}`);
    } else if (action === 'list' && id === undefined) {
      console.log(describe(home));
    } else {
      throw new UsageError('expected make, list, or revoke with the id of a key');
    }
    return 0;
  },
};

function describe(home: string): string {
  const keys = listKeys(home);
  if (keys.length === 0) {
    return new Keys(home).configured
      ? `the home ${home} has no keys any more, and answers nobody who reads: make one, or remove ${path.join(home, 'keys.json')} to open it`
      : `the home ${home} has no keys: whoever reaches the port is the engineer`;
  }
  return keys
    .map(({ accessKeyId, role, created, note }) =>
      `${accessKeyId}  ${role.padEnd(8)}  ${created.slice(0, 10)}  ${note}`.trimEnd(),
    )
    .join('\n');
}
