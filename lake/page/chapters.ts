/** What people ask, and the queries that answer it: in this order in the documentation and on the page. */

type Chapter = readonly [title: string, names: readonly string[]];

/** Those of `queries/reports/`. */
export const reportChapters: readonly Chapter[] = [
  [
    'Acquisition',
    ['new-users-by-day', 'new-users-by-channel', 'new-users-by-country', 'new-users-by-first-page'],
  ],
  [
    'Engagement',
    [
      'active-users-by-day',
      'active-users-by-week',
      'active-users-by-month',
      'stickiness',
      'sessions-by-day',
      'entrance-and-exit-pages',
    ],
  ],
  ['Retention', ['retention-by-day', 'retention-by-week']],
  ['Devices', ['devices']],
  ['Activity', ['activity-by-event', 'top-events', 'event-properties']],
  ['Funnels and paths', ['funnel', 'paths-after-event']],
  ['Attribution', ['attribution']],
  ['One person', ['user-timeline']],
  ['Now', ['real-time']],
  [
    'The shop',
    [
      'orders-by-day',
      'popular-products',
      'shop-funnel',
      'revenue-by-hour',
      'average-order-value',
      'cart-abandonment',
    ],
  ],
  ['The application', ['demographics']],
];

/** Those of `queries/` itself; a chapter of the reports goes on where it has the same title. */
const otherChapters: readonly Chapter[] = [
  ['The shop', ['revenue', 'purchases-by-product', 'customers-by-gender']],
  ['The application', ['app-events']],
  ['The web log', ['events-by-hour', 'top-pages', 'top-referrers', 'sessions', 'web-funnel']],
  ['The lakehouse', ['total-events', 'latest-events', 'freshness', 'rejected-by-reason']],
];

/** Queries by chapter; those that are in none, such as a project's own, come last. */
export function byChapter<Query extends { name: string }>(
  queries: readonly Query[],
): { title: string; queries: Query[] }[] {
  const chapters = new Map<string, string[]>();
  for (const [title, names] of [...reportChapters, ...otherChapters]) {
    chapters.set(title, [...(chapters.get(title) ?? []), ...names]);
  }
  const placed = new Set([...chapters.values()].flat());
  chapters.set(
    'More',
    queries.map(({ name }) => name).filter((name) => !placed.has(name)),
  );
  return [...chapters]
    .map(([title, names]) => ({
      title,
      queries: names.flatMap((name) => queries.filter((query) => query.name === name)),
    }))
    .filter((chapter) => chapter.queries.length > 0);
}
