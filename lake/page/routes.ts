/**
 * What the page of a deployed stage may ask: the queries that ship, by name, and how they go. The stack makes the
 * HTTP API's routes of this list, and `functions/page.ts` answers them.
 */

/** As the HTTP API spells its route keys. */
export const pageRoutes = {
  queries: 'GET /api/queries',
  start: 'POST /api/queries/{name}',
  state: 'GET /api/executions/{id}',
  rows: 'GET /api/executions/{id}/rows',
  stop: 'DELETE /api/executions/{id}',
} as const;

/** The query whose rows the page's live view shows. */
export const liveQuery = 'latest-events';

/** Where the page finds out where it is and how one signs in: a file beside its own. */
export const aboutPath = 'api/about';

/** What stands in that file, beside what the local page is told. */
export interface CloudAbout {
  version: string;
  stream: string;
  database: string;
  cloud: {
    stage: string;
    /** How often the newest rows are asked for. */
    liveSeconds: number;
    /** How old an answer may be. */
    cacheMinutes: number;
    signIn: SignIn;
  };
}

/** The issuer's endpoints for the authorization code flow (OpenID Connect Core, 3.1; RFC 7636). */
export interface SignIn {
  authorizeUrl: string;
  tokenUrl: string;
  clientId: string;
}
