/** The queries that ship, as the server lists them. */
import { type NamedQuery, parseNamedQuery } from '../lake/queries.ts';
import { api, inCloud } from './api.ts';

export async function namedQueries(): Promise<NamedQuery[]> {
  if (inCloud()) return api.queries();
  const ids: string[] = [];
  for (let token: string | undefined; ; ) {
    const page = await api.athena<{ NamedQueryIds: string[]; NextToken?: string }>('ListNamedQueries', {
      ...(token !== undefined && { NextToken: token }),
    });
    ids.push(...page.NamedQueryIds);
    token = page.NextToken;
    if (token === undefined) break;
  }
  const queries = await Promise.all(
    ids.map((id) =>
      api.athena<{ NamedQuery: { Name: string; QueryString: string } }>('GetNamedQuery', {
        NamedQueryId: id,
      }),
    ),
  );
  return queries
    .map(({ NamedQuery: { Name, QueryString } }) => parseNamedQuery(`${Name}.sql`, QueryString))
    .sort((a, b) => a.name.localeCompare(b.name));
}
