/**
 * Writes down every registration that reaches Pulumi's mock monitor. The mocks themselves are told neither
 * dependencies nor options, so the monitor is listened to.
 */
import type { Rendered } from './graph.ts';

// biome-ignore lint/suspicious/noExplicitAny: Pulumi's generated protobuf messages, of which only getters are used
type Message = any;

export function capture(runtime: Message, graph: Rendered, failures: unknown[]): void {
  const monitor = runtime.getMonitor();
  // As the engine makes them: the chain of parents' types is part of a URN, which SST reads types out of.
  monitor.newUrn = (parent: string, type: string, name: string) => {
    const above = parent?.split('::')[2];
    const chain = above && above !== 'pulumi:pulumi:Stack' ? `${above}$` : '';
    return [`urn:pulumi:${runtime.getStack()}`, runtime.getProject(), chain + type, name].join('::');
  };
  listen(monitor, 'registerResource', false, graph, failures);
  listen(monitor, 'readResource', true, graph, failures);
}

function listen(monitor: Message, call: string, read: boolean, graph: Rendered, failures: unknown[]): void {
  const original = monitor[call].bind(monitor);
  monitor[call] = (request: Message, callback: (error: unknown, answer: Message) => void) =>
    original(request, (error: unknown, answer: Message) => {
      if (error) failures.push(error);
      else graph.resources.push(described(request, answer, read));
      callback(error, answer);
    });
}

function described(request: Message, answer: Message, read: boolean): Rendered['resources'][number] {
  const needs = new Set<string>(request.getDependenciesList());
  request.getPropertydependenciesMap?.().forEach((list: Message) => {
    for (const urn of list.getUrnsList()) needs.add(urn);
  });
  const parent = request.getParent() || undefined;
  return {
    urn: answer.getUrn(),
    type: request.getType(),
    name: request.getName(),
    id: answer.getId?.() || request.getId?.() || '',
    read,
    inputs: plain((read ? request.getProperties() : request.getObject())?.toJavaScript() ?? {}),
    state: plain((read ? answer.getProperties() : answer.getObject())?.toJavaScript() ?? {}),
    parent,
    needs: [...needs],
    protect: request.getProtect?.() === true,
    retainOnDelete: request.getRetainondelete?.() === true,
    deleteBeforeReplace: request.getDeletebeforereplace?.() === true,
    ignoreChanges: request.getIgnorechangesList?.() ?? [],
  };
}

/** Members of values that are more than JSON are marked by these (pulumi, sdk/nodejs/runtime/rpc.ts). */
const mark = '4dabf18193072939515e22adb298388d';
const secret = '1b47061264138c4ac30d75fd1eb44270';
const asset = 'c44067f5952c0a294b673a41bacd8c17';
const archive = '0def7320c3a5731c473e5ecbe6d01bc7';
const reference = '5cf8f73096256a8f31e491e813e4eb8e';

/** Secrets become `{$secret}`, files `{$file}`, references to resources `{$resource}`. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const members = value as Record<string, unknown>;
  switch (members[mark]) {
    case secret:
      return { $secret: plain(members.value) };
    case asset:
    case archive:
      return { $file: members.path ?? members.text ?? members.uri ?? plain(members.assets) };
    case reference:
      return { $resource: members.urn };
    default:
      return Object.fromEntries(Object.entries(members).map(([key, inner]) => [key, plain(inner)]));
  }
}
