/** A page's address → host, path, and the query parameters that are on a list. */

export interface Location {
  /** Lower case, without a port; undefined for a path alone. */
  host: string | undefined;
  path: string;
  /** With its question mark; empty if there is none. */
  search: string;
  /** Undefined where there is no query. */
  parameters: URLSearchParams | undefined;
}

/** Reads an absolute http(s) address, or a path with a query. Undefined where it is neither. */
export function readLocation(text: string): Location | undefined {
  const relative = text.startsWith('/') && !text.startsWith('//');
  const url = webAddress(relative ? `http://relative${text}` : text);
  if (url === undefined) return undefined;
  const { pathname: path, search } = url;
  return {
    host: relative ? undefined : url.hostname,
    path,
    search,
    parameters: search === '' ? undefined : new URLSearchParams(search),
  };
}

/** Undefined where the text is no http(s) address. */
function webAddress(text: string): URL | undefined {
  if (!/^https?:/i.test(text)) return undefined;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** Of the query's parts those whose name is on the list, as they are spelt, in their order. */
export function keptQuery({ search }: Location, names: ReadonlySet<string>): string {
  if (search === '') return '';
  return search
    .slice(1)
    .split('&')
    .filter((part) => names.has(part.split('=', 1)[0]!))
    .join('&');
}

/** The host that a referrer names: of a web page, or of an Android app (`android-app://com.example/`). */
export function referrerHost(text: string): string | undefined {
  return /^android-app:\/\/([\w.]+)/.exec(text)?.[1] ?? webAddress(text)?.hostname;
}
