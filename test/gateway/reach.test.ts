import { expect, test } from 'vitest';
import { Fault } from '../../lake/errors.ts';
import { checkBinding, foreign, isLoopback } from '../../local/gateway/reach.ts';

test.each(['127.0.0.1', '127.8.0.1', '::1', 'localhost'])('%s is this machine only', (host) => {
  expect(isLoopback(host)).toBe(true);
  expect(() => checkBinding({ host, hasKeys: false, writeKey: 'local' })).not.toThrow();
});

test.each(['0.0.0.0', '::', '192.0.2.1', '127.0.0.1.example.com', 'example.com', ''])(
  '%j is open to others, which needs an access key and a write key of its own',
  (host) => {
    expect(isLoopback(host)).toBe(false);
    const check = (hasKeys: boolean, writeKey: string) => () => checkBinding({ host, hasKeys, writeKey });
    expect(check(false, 'local')).toThrow(/an access key .* and a write key other than "local"/);
    expect(check(false, 'mine')).toThrow(/needs an access key \(npm run keys/);
    expect(check(true, 'local')).toThrow(Fault);
    expect(check(true, 'mine')).not.toThrow();
  },
);

const names = ['lake.example.com'];

test.each([
  '127.0.0.1:4566',
  'localhost:4566',
  'LOCALHOST',
  's3.localhost:4566',
  '[::1]:4566',
  '192.0.2.7:80',
  'lake.example.com',
  'lake.example.com.:443',
])('the host %s is fine', (host) => {
  expect(foreign({ host }, names)).toBeUndefined();
  expect(foreign({ host, origin: `http://${host}` }, names)).toBeUndefined();
});

test.each([
  'evil.example.com:4566',
  '127.0.0.1.evil.com',
  '',
  '[::1',
  'local host',
  '127.0.0.1:99999999',
  'a@b',
])('the host %j is refused', (host) => {
  expect(foreign({ host }, names)).toMatchObject({ status: 421 });
});

test.each(['http://evil.example.com', 'null', 'http://127.0.0.1:3000', 'file://', 'http://127.0.0.1:4566/x'])(
  'a page of %s is refused',
  (origin) => {
    expect(foreign({ host: '127.0.0.1:4566', origin }, names)).toMatchObject({ status: 403 });
  },
);

test('a part of a foreign page is refused though it has no origin; a link to here may be followed', () => {
  const from = (site: string, mode: string) =>
    foreign({ host: 'localhost:4566', 'sec-fetch-site': site, 'sec-fetch-mode': mode }, []);
  expect(from('cross-site', 'no-cors')).toMatchObject({ status: 403 });
  expect(from('same-site', 'no-cors')).toMatchObject({ status: 403 });
  expect(from('cross-site', 'navigate')).toBeUndefined();
  expect(from('same-origin', 'cors')).toBeUndefined();
  expect(from('none', 'navigate')).toBeUndefined();
});
