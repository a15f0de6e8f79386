/** Who may ask the catalog: signed requests, tokens that access keys are exchanged for, and nobody else. */
import { expect, test } from 'vitest';
import { ApiError } from '../../local/aws/json11.ts';
import type { KeyFinder } from '../../local/rest/auth.ts';
import { type Ask, openCatalog } from './support.ts';

const unknown = new ApiError('MissingAuthenticationTokenException', 'the request is not signed', 403);

function keys(): KeyFinder & { all: Map<string, { secret: string; role: 'engineer' | 'analyst' }> } {
  const all = new Map([
    ['AKIAENGINEER', { secret: 'abc/def+1', role: 'engineer' as const }],
    ['AKIAANALYST', { secret: 'other', role: 'analyst' as const }],
  ]);
  return { configured: true, all, find: (id) => all.get(id) };
}

const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();
const grant = (id: string, secret: string) =>
  form({ grant_type: 'client_credentials', client_id: id, client_secret: secret, scope: 'catalog' });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function tokenFor(ask: Ask, id: string, secret: string): Promise<string> {
  const answer = await ask('POST', 'oauth/tokens', grant(id, secret));
  expect(answer).toMatchObject({ status: 200, body: { token_type: 'bearer', expires_in: 3600 } });
  return answer.body.access_token;
}

test('without configured keys, everybody is the engineer, and a client that wants a token gets one', async () => {
  const { ask } = openCatalog();
  expect((await ask('GET', 'namespaces')).status).toBe(200);
  const { body } = await ask('POST', 'oauth/tokens', grant('any', 'thing'));
  expect((await ask('GET', 'namespaces', undefined, bearer(body.access_token))).status).toBe(200);
});

test('an access key is exchanged for a token, in the form or as HTTP Basic', async () => {
  const { ask } = openCatalog({ keys: keys(), caller: unknown });
  expect((await ask('GET', 'config')).status).toBe(401);
  const token = await tokenFor(ask, 'AKIAENGINEER', 'abc/def+1');
  expect((await ask('GET', 'config', undefined, bearer(token))).status).toBe(200);
  const basic = `Basic ${Buffer.from('AKIAENGINEER:abc/def+1').toString('base64')}`;
  const answer = await ask('POST', 'oauth/tokens', form({ grant_type: 'client_credentials' }), {
    authorization: basic,
  });
  expect(answer.status).toBe(200);
});

test('a request that is signed as for AWS needs no token', async () => {
  const { ask } = openCatalog({ keys: keys(), caller: { role: 'engineer', accessKeyId: 'AKIAENGINEER' } });
  expect((await ask('GET', 'namespaces')).status).toBe(200);
});

test('whole files are for the engineer only', async () => {
  const signed = openCatalog({ keys: keys(), caller: { role: 'analyst', accessKeyId: 'AKIAANALYST' } });
  expect((await signed.ask('GET', 'namespaces')).status).toBe(403);
  const token = await tokenFor(signed.ask, 'AKIAANALYST', 'other');
  const answer = await signed.ask('GET', 'namespaces/firn/tables', undefined, bearer(token));
  expect(answer).toMatchObject({ status: 403, body: { error: { type: 'ForbiddenException', code: 403 } } });
  const writer = openCatalog({ caller: { role: 'writer' } });
  expect((await writer.ask('GET', 'namespaces')).status).toBe(403);
});

test('a wrong secret, an unknown key and an unknown grant get the errors of OAuth', async () => {
  const { ask } = openCatalog({ keys: keys(), caller: unknown });
  for (const [id, secret] of [
    ['AKIAENGINEER', 'abc'],
    ['AKIANOBODY', 'abc'],
    ['', ''],
  ] as const) {
    const answer = await ask('POST', 'oauth/tokens', grant(id, secret));
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  }
  const other = await ask('POST', 'oauth/tokens', form({ grant_type: 'password' }));
  expect(other).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });
});

test('a token ends after an hour, can be exchanged before, and ends with its key', async () => {
  let nowMs = 1_000_000;
  const finder = keys();
  const { ask } = openCatalog({ keys: finder, caller: unknown, now: () => nowMs });
  const first = await tokenFor(ask, 'AKIAENGINEER', 'abc/def+1');
  nowMs += 3_000_000;
  const exchange = form({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: first,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  });
  const second = (await ask('POST', 'oauth/tokens', exchange)).body.access_token;
  nowMs += 700_000;
  expect((await ask('GET', 'config', undefined, bearer(first))).status).toBe(401);
  expect((await ask('POST', 'oauth/tokens', exchange)).status).toBe(401);
  expect((await ask('GET', 'config', undefined, bearer(second))).status).toBe(200);
  finder.all.delete('AKIAENGINEER');
  expect((await ask('GET', 'config', undefined, bearer(second))).status).toBe(401);
});

test('a token that was changed is worth nothing', async () => {
  const { ask } = openCatalog({ keys: keys(), caller: unknown });
  const token = await tokenFor(ask, 'AKIAANALYST', 'other');
  const [prefix, payload, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, key: 'AKIAENGINEER' })).toString('base64url');
  for (const wrong of [
    `${prefix}.${forged}.${signature}`,
    `${prefix}.${payload}.`,
    'unchecked',
    'firn..',
    `x${token}`,
  ]) {
    const answer = await ask('GET', 'config', undefined, bearer(wrong));
    expect(answer).toMatchObject({ status: 401, body: { error: { type: 'NotAuthorizedException' } } });
  }
});
