/** Remembers the answers to about the last `size` different texts, and at most to twice as many. */
export function memoize<T>(answer: (text: string) => T, size: number): (text: string) => T {
  // Two generations: what is asked for again moves to the young one, and the old one is dropped whole.
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  return (text) => {
    const known = young.get(text);
    if (known !== undefined) return known;
    const value = old.get(text) ?? answer(text);
    if (young.size >= size) {
      old = young;
      young = new Map();
    }
    young.set(text, value);
    return value;
  };
}
