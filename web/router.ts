/** What is shown stands in the address, after the #, so that a link shows the same: `#/reports/retention?weeks=8`. */
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  /** Parts of the path: the view, and what it shows. */
  path: readonly string[];
  params: ReadonlyMap<string, string>;
}

export function readPlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  return {
    path: path
      .split('/')
      .filter((part) => part !== '')
      .map(decode),
    params: new Map(new URLSearchParams(query)),
  };
}

export function linkTo(path: readonly string[], params: Iterable<readonly [string, string]> = []): string {
  const query = new URLSearchParams(
    [...params].filter(([, value]) => value !== '').map(([k, v]) => [k, v]),
  ).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`;
}

/** Goes there; `replace` leaves no entry in the browser's history. */
export function go(link: string, replace = false): void {
  if (replace) {
    history.replaceState(null, '', link);
    dispatchEvent(new HashChangeEvent('hashchange'));
  } else location.hash = link;
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => readPlace(location.hash));
  useEffect(() => {
    const changed = (): void => setPlace(readPlace(location.hash));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return place;
}

/** A link somebody mistyped is no reason to fail. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
