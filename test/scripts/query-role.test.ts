import { expect, test } from 'vitest';
import { credentialsOf } from '../../scripts/query/role.ts';

const role = 'arn:aws:iam::123456789012:role/firn-dev-analyst';

test('who asks a stage as analyst asks with the credentials of the analyst, for as long as they hold', async () => {
  const asked: object[] = [];
  const sts = {
    send: async ({ input }: { input: object }) => {
      asked.push(input);
      return {
        Credentials: {
          AccessKeyId: 'id',
          SecretAccessKey: 'secret',
          SessionToken: 'token',
          Expiration: new Date(0),
        },
      };
    },
  };
  expect(await credentialsOf(role, sts as never)()).toEqual({
    accessKeyId: 'id',
    secretAccessKey: 'secret',
    sessionToken: 'token',
    expiration: new Date(0),
  });
  expect(asked).toEqual([{ RoleArn: role, RoleSessionName: 'firn-query' }]);
});

test('who may not take the role is told which right is missing', async () => {
  const sts = { send: () => Promise.reject(new Error('not authorized')) };
  await expect(credentialsOf(role, sts as never)()).rejects.toThrow(
    `the role ${role} cannot be taken (not authorized): your own policy must allow sts:AssumeRole on it`,
  );
});
