/** What visitors browse with: the user agents of 2026, as often as they are met on a shop's pages. */
export interface Browser {
  userAgent: string;
  os: string | undefined;
}

const mozilla = 'Mozilla/5.0';
const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const apple = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';

/** Visitors in a hundred, system, and the user agent of a release; Apple's and Google's tell little more than that. */
const kinds: readonly [number, string | undefined, (release: number) => string][] = [
  [
    27,
    'iOS',
    (n) =>
      `${mozilla} (iPhone; CPU iPhone OS 18_${n} like Mac OS X) ${apple} Version/18.${n} Mobile/15E148 Safari/604.1`,
  ],
  [
    26,
    'Android',
    (n) => `${mozilla} (Linux; Android 10; K) ${webkit} Chrome/${138 + n}.0.0.0 Mobile Safari/537.36`,
  ],
  [
    4,
    'Android',
    (n) =>
      `${mozilla} (Linux; Android 14; SM-S92${n}B) ${webkit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
  ],
  [
    3,
    'iOS',
    (n) =>
      `${mozilla} (iPad; CPU OS 17_${n} like Mac OS X) ${apple} Version/17.${n} Mobile/15E148 Safari/604.1`,
  ],
  [
    17,
    'Windows',
    (n) => `${mozilla} (Windows NT 10.0; Win64; x64) ${webkit} Chrome/${138 + n}.0.0.0 Safari/537.36`,
  ],
  [
    6,
    'Windows',
    (n) =>
      `${mozilla} (Windows NT 10.0; Win64; x64) ${webkit} Chrome/${138 + n}.0.0.0 Safari/537.36 Edg/${138 + n}.0.0.0`,
  ],
  [
    3,
    'Windows',
    (n) => `${mozilla} (Windows NT 10.0; Win64; x64; rv:${140 + n}.0) Gecko/20100101 Firefox/${140 + n}.0`,
  ],
  [
    5,
    'macOS',
    (n) => `${mozilla} (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Chrome/${138 + n}.0.0.0 Safari/537.36`,
  ],
  [
    6,
    'macOS',
    (n) => `${mozilla} (Macintosh; Intel Mac OS X 10_15_7) ${apple} Version/18.${n} Safari/605.1.15`,
  ],
  [1, 'Linux', (n) => `${mozilla} (X11; Linux x86_64; rv:${140 + n}.0) Gecko/20100101 Firefox/${140 + n}.0`],
  [2, undefined, () => `${mozilla} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)`],
];

const releases = 5;

/** Each as often as it is met: one of them drawn at random is a visitor's. */
export const browsers: readonly Browser[] = kinds.flatMap(([share, os, userAgent]) =>
  Array.from({ length: share }, (_, n) => ({ userAgent: userAgent(n % releases), os })),
);
