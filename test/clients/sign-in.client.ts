/** The page of a lakehouse that has access keys: who may sign in, as what, and for how long. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessKey, makeKey, revokeKey } from '../../local/keys.ts';
import type { Runtime } from '../../local/runtime.ts';
import { makeTemporaryFolder } from '../helpers/temporary.ts';
import { type Browser, launchBrowser, type Page } from './browser.ts';
import { startWithPage } from './lakehouse.ts';

const home = makeTemporaryFolder();
let runtime: Runtime;
let browser: Browser;
let page: Page;
const keyOf = (role: 'engineer' | 'analyst'): AccessKey => makeKey(home.path, role, '', Date.now());

beforeAll(async () => {
  runtime = await startWithPage(home.path);
  keyOf('engineer');
  browser = await launchBrowser();
  page = await (await browser.newContext({})).newPage();
});
afterAll(async () => {
  await browser?.close();
  await runtime?.stop();
  home.remove();
});

/** By the keyboard. */
async function signIn({ accessKeyId, secretAccessKey }: AccessKey): Promise<void> {
  await page.waitForSelector('.sign-in');
  await page.fill('input[name=id]', accessKeyId);
  await page.fill('input[name=secret]', secretAccessKey);
  await page.keyboard.press('Enter');
}

test('a link asks who is there, tells a wrong secret, and then shows what it says', async () => {
  await page.goto(`${runtime.url}/#/health`);
  const key = keyOf('engineer');
  await signIn({ ...key, secretAccessKey: 'wrong' });
  await page.waitForSelector('text=access key or secret is wrong');
  await signIn(key);
  await page.waitForSelector('text=All is well');
  await page.selectOption('header select', 'engineer');
  await page.waitForSelector(`text="${home.path}"`);
});

test('a key that is revoked leads back to the sign-in; who is less than before is so on the page', async () => {
  const key = keyOf('engineer');
  await page.click('text=Sign out');
  await signIn(key);
  await page.waitForSelector(`text="${home.path}"`);
  revokeKey(home.path, key.accessKeyId);
  await page.waitForSelector('.sign-in');
  await signIn(keyOf('analyst'));
  await page.waitForSelector('text=All is well');
  expect(await page.evaluate('document.querySelector("header select").value')).toBe('analyst');
  expect(await page.textContent('main')).not.toContain(home.path);
});

test('a lakehouse that is stopped is said to be', async () => {
  await runtime.stop();
  await page.waitForSelector('text=has it been stopped?');
});
