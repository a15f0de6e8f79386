/** Lists in pages: the token names the last item that was given. */
import { invalid, optionalInteger, optionalText } from './input.ts';
import type { Input } from './json11.ts';

export interface Page<T> {
  items: readonly T[];
  /** To be spread into the answer; empty on the last page. */
  next: { NextToken?: string };
}

/** `max`: most items of a page, and how many there are unless `MaxResults` says fewer. */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  input: Input,
  max: number,
): Page<T> {
  const size = optionalInteger(input, 'MaxResults', 0, max) || max;
  const token = optionalText(input, 'NextToken', { max: 1024 });
  const last = token === undefined ? -1 : items.findIndex((item) => keyOf(item) === token);
  if (token !== undefined && last < 0) throw invalid('NextToken is not one that this list gave, or too old');
  const page = items.slice(last + 1, last + 1 + size);
  const hasMore = last + 1 + size < items.length;
  return { items: page, next: hasMore ? { NextToken: keyOf(page.at(-1)!) } : {} };
}
