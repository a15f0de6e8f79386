/** What the tests of the documentation read from it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Every page, as a path from the root. */
export const pages: readonly string[] = ['.', 'docs'].flatMap((folder) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name)),
);

export function readPage(page: string): string {
  return readFileSync(path.join(root, page), 'utf8');
}

/** The fenced blocks of one language, in order; of one section, if its heading is given. */
export function fencedBlocks(page: string, language: string, heading?: string): string[] {
  const sections = readPage(page).split(/^(?=## )/m);
  const text =
    heading === undefined
      ? sections.join('')
      : sections.find((section) => section.startsWith(`## ${heading}\n`));
  if (text === undefined) throw new Error(`${page} has no section "${heading}"`);
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, given]) => given === language)
    .map(([, , body]) => body!);
}

/** A shell command's words, as far as the pages use the shell: quotes, escaped quotes, escaped line ends. */
export function shellWords(command: string): string[] {
  const words = command.replaceAll('\\\n', ' ').match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"])+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /'([^']*)'|"((?:\\.|[^"\\])*)"/g,
      (_, single?: string, double = '') => single ?? double.replace(/\\(["\\$`])/g, '$1'),
    ),
  );
}
