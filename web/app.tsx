/** The shell: what there is to look at, and as whom. */
import type { ComponentChild } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type About, api, currentRole, onSignedOut, type Role, setRole } from './api.ts';
import { Boundary } from './boundary.tsx';
import { CloudApp } from './cloud/app.tsx';
import { forgetHistory } from './history.ts';
import { useLoaded } from './hooks.ts';
import { go, linkTo, type Place, usePlace } from './router.ts';
import { SignIn } from './sign-in.tsx';
import { BuildView } from './views/build.tsx';
import { FlowView } from './views/flow.tsx';
import { HealthView } from './views/health.tsx';
import { LiveView } from './views/live.tsx';
import { QueryView } from './views/query.tsx';
import { ReportsView } from './views/reports.tsx';
import { TablesView } from './views/tables.tsx';
import { TraceView } from './views/trace.tsx';

export interface ViewProps {
  place: Place;
  about: About;
  role: Role;
}

const views: Record<string, { title: string; show: (props: ViewProps) => ComponentChild }> = {
  live: { title: 'Live', show: (props) => <LiveView {...props} /> },
  flow: { title: 'Flow', show: (props) => <FlowView {...props} /> },
  reports: { title: 'Reports', show: (props) => <ReportsView {...props} /> },
  query: { title: 'Query', show: (props) => <QueryView {...props} /> },
  tables: { title: 'Tables', show: (props) => <TablesView {...props} /> },
  build: { title: 'Build', show: (props) => <BuildView {...props} /> },
  health: { title: 'Health', show: (props) => <HealthView {...props} /> },
};

export function App() {
  const place = usePlace();
  const [role, chooseRole] = useState<Role>(currentRole());
  const { value: about, error, reload } = useLoaded(api.about, [role]);
  const [name = 'live'] = place.path;
  const view = views[name];
  const title = name === 'trace' ? 'Trace' : (view?.title ?? 'Nothing here');
  useEffect(() => {
    document.title = `${title} · Firn`;
    // On a phone, the links are a line that is longer than the screen.
    document.querySelector('header nav [aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [title, about === undefined]);
  const change = (next: Role): void => {
    setRole(next);
    chooseRole(next);
  };
  useEffect(() => onSignedOut(reload), []);
  const most = about === undefined || 'cloud' in about ? undefined : about.session.role;
  useEffect(() => {
    // Whoever signed in before may have been more.
    if (role === 'engineer' && most !== undefined && most !== 'engineer') change('analyst');
  }, [role, most]);
  if (about === undefined) return <p class="empty">{error ?? 'Asking the lakehouse …'}</p>;
  if ('cloud' in about) return <CloudApp about={about} />;
  if (about.session.signIn && about.session.role === undefined) return <SignIn onDone={reload} />;

  const signOut = (): void => {
    forgetHistory();
    void api.signOut().then(() => location.reload());
  };
  return (
    <>
      <SkipLink />
      <header>
        <a class="brand" href={linkTo(['live'])}>
          <img src="/icon.svg" alt="" width="24" height="24" />
          Firn
        </a>
        <nav aria-label="Views">
          {Object.entries(views).map(([key, { title }]) => (
            <a key={key} href={linkTo([key])} aria-current={key === name ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <FindEvent />
        <RoleChoice role={role} about={about} onChange={change} />
        {about.session.signIn && (
          <button type="button" onClick={signOut}>
            Sign out
          </button>
        )}
      </header>
      <Main key={role} place={place}>
        {name === 'trace' ? (
          <TraceView eventId={place.path[1] ?? ''} role={role} />
        ) : view === undefined ? (
          <section aria-labelledby="nothing-title">
            <h1 id="nothing-title">Nothing here</h1>
            <p class="empty">There is no view “{name}”; the ones that there are stand above.</p>
          </section>
        ) : (
          view.show({ place, about, role })
        )}
      </Main>
    </>
  );
}

/** For the keyboard: past the links above. No link, since what stands behind the # is the page's own. */
export function SkipLink() {
  return (
    <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
      Skip to the content
    </button>
  );
}

/** What is shown. Where a link that was followed is gone with what was shown before, the keyboard goes on from here. */
export function Main({ place, children }: { place: Place; children: ComponentChild }) {
  const main = useRef<HTMLElement>(null);
  const shown = place.path.join('/');
  const before = useRef(shown);
  useEffect(() => {
    if (before.current === shown) return;
    before.current = shown;
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, [shown]);
  return (
    <main id="main" ref={main} tabIndex={-1}>
      <Boundary at={shown}>{children}</Boundary>
    </main>
  );
}

/** Goes to all that is known of an event. */
function FindEvent() {
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const eventId = String(new FormData(event.currentTarget).get('event') ?? '').trim();
          if (eventId !== '') go(linkTo(['trace', eventId]));
        }}
      >
        <input
          name="event"
          type="search"
          placeholder="find an event by its id"
          aria-label="Find an event by its id"
        />
      </form>
    </search>
  );
}

function RoleChoice({ role, about, onChange }: { role: Role; about: About; onChange: (role: Role) => void }) {
  return (
    <label class="role">
      as{' '}
      <select
        value={role}
        title="An analyst sees no personal data; the engineer sees everything."
        onChange={(event) => onChange(event.currentTarget.value as Role)}
      >
        <option value="analyst">analyst</option>
        <option value="engineer" disabled={about.session.role !== 'engineer'}>
          engineer
        </option>
      </select>
    </label>
  );
}
