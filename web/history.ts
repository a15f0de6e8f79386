/** Queries that were run in this browser. */
const key = 'queries';
const kept = 50;

export function readHistory(): string[] {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '[]') as string[];
  } catch {
    return [];
  }
}

/** Puts a query first, and answers all that are remembered. */
export function remember(text: string): string[] {
  const all = [text, ...readHistory().filter((other) => other !== text)].slice(0, kept);
  try {
    localStorage.setItem(key, JSON.stringify(all));
  } catch {
    // The browser keeps nothing, or no more: the queries of this visit are remembered all the same.
  }
  return all;
}

/** Whoever signs in next has a history of their own. */
export function forgetHistory(): void {
  localStorage.removeItem(key);
}
