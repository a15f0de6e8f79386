/**
 * What analytics.js 2 reads before it starts, `GET /v1/projects/{key}/settings`: where to send messages, and that
 * there is nothing else to load. The write key is not checked here: it is public in every page that uses it, and
 * this answer tells no more than the page.
 */
import { invalid, type Refusal } from '../gateway.ts';
import type { CollectAnswer } from './answers.ts';
import type { CollectRequest } from './collect.ts';

/** The members that the library asks for (`@segment/analytics-next`, `CDNSettings`). */
export function settingsOf(key: string, apiHost: string, protocol: 'http' | 'https'): object {
  const everything = { __default: { enabled: true, integrations: {} } };
  return {
    integrations: {
      'Segment.io': {
        apiKey: key,
        apiHost,
        protocol,
        unbundledIntegrations: [],
        addBundledMetadata: true,
        maybeBundledConfigIds: {},
        versionSettings: { version: '4.4.7', componentTypes: ['browser'] },
      },
    },
    plan: { track: everything, identify: everything, group: everything },
    edgeFunction: {},
    analyticsNextEnabled: true,
    middlewareSettings: {},
    enabledMiddleware: {},
    metrics: { sampleRate: 0, host: apiHost },
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
  };
}

export function segmentSettings(
  { path, apiHost, protocol }: CollectRequest,
  cors: Record<string, string>,
): CollectAnswer | Refusal {
  const key = decoded(path.split('/')[3]!);
  if (key === undefined || !/^[\w.~:/+=-]{1,128}$/.test(key)) return invalid('the path holds no write key');
  if (!/^[\w.:[\]-]+(\/[\w.~-]+)*$/.test(apiHost)) return invalid('the header host is no host');
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=300', ...cors },
    body: JSON.stringify(settingsOf(key, apiHost, protocol)),
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
