/** Debian's Chromium, driven by Playwright. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './install.ts';

/** As much of Playwright as is used; its types are there only once it is installed. */
export interface Page {
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  selectOption(selector: string, value: string): Promise<unknown>;
  textContent(selector: string): Promise<string | null>;
  waitForURL(pattern: RegExp): Promise<void>;
  waitForTimeout(ms: number): Promise<void>;
  waitForSelector(selector: string, options?: { timeout?: number; state?: string }): Promise<unknown>;
  evaluate<T>(script: string): Promise<T>;
  addScriptTag(options: { path: string }): Promise<unknown>;
  screenshot(options: { path: string }): Promise<unknown>;
  on(event: 'console', hear: (message: { type(): string; text(): string }) => void): void;
  on(event: 'pageerror', hear: (error: Error) => void): void;
  keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  url(): string;
}

export interface Browser {
  newContext(options: object): Promise<{ newPage(): Promise<Page> }>;
  close(): Promise<void>;
}

/** Debian's chromium, or what `FIRN_CHROMIUM` names. Throws where there is none. */
export async function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  const program = process.env.FIRN_CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(program)) {
    throw new Error(`${program} is not there: apt-get install chromium, or name one in FIRN_CHROMIUM`);
  }
  const module = pathToFileURL(path.join(root, 'test/clients/node_modules/playwright-core/index.mjs')).href;
  const { chromium } = (await import(module)) as {
    chromium: { launch(options: object): Promise<Browser> };
  };
  return chromium.launch({
    executablePath: program,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  });
}
