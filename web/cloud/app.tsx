/** The page of a deployed stage: the newest rows and the reports, for people who are signed in. */
import { useEffect, useState } from 'preact/hooks';
import { askCloud, type CloudAbout } from '../api.ts';
import { Main, SkipLink } from '../app.tsx';
import { linkTo, usePlace } from '../router.ts';
import { ReportsView } from '../views/reports.tsx';
import { NewestView } from './newest.tsx';
import { beginSignIn, currentToken, finishSignIn, forgetToken } from './session.ts';

const views = { live: 'Live', reports: 'Reports' };

export function CloudApp({ about }: { about: CloudAbout }) {
  const { signIn, stage } = about.cloud;
  const place = usePlace();
  const [token, setToken] = useState(currentToken(Date.now()));
  const [ready, setReady] = useState(false);
  const [error, setError] = useState<string>();
  const signOut = (): void => {
    forgetToken();
    setToken(undefined);
  };
  useEffect(() => {
    askCloud({ token: () => currentToken(Date.now()), refused: signOut });
    finishSignIn(signIn)
      .then((signedIn) => signedIn && dispatchEvent(new HashChangeEvent('hashchange')))
      .catch((caught: Error) => setError(caught.message))
      .finally(() => {
        setToken(currentToken(Date.now()));
        setReady(true);
      });
  }, []);
  const [name = 'live'] = place.path;
  const title = views[name as keyof typeof views] ?? 'Nothing here';
  useEffect(() => {
    document.title = `${title} · Firn, ${stage}`;
  }, [title]);
  if (!ready) return <p class="empty">Asking the lakehouse …</p>;
  if (token === undefined) {
    return (
      <main class="sign-in">
        <h1>Firn</h1>
        <p>The lakehouse “{stage}” shows its reports to people who sign in.</p>
        <p>
          <button type="button" class="primary" onClick={() => void beginSignIn(signIn)}>
            Sign in
          </button>
        </p>
        {error !== undefined && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
      </main>
    );
  }
  return (
    <>
      <SkipLink />
      <header>
        <a class="brand" href={linkTo(['live'])}>
          <img src="/icon.svg" alt="" width="24" height="24" />
          Firn
        </a>
        <nav aria-label="Views">
          {Object.entries(views).map(([key, title]) => (
            <a key={key} href={linkTo([key])} aria-current={key === name ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <span class="role">{stage}, as analyst</span>
        <button type="button" onClick={signOut}>
          Sign out
        </button>
      </header>
      <Main place={place}>
        {name === 'live' ? (
          <NewestView place={place} everyMs={about.cloud.liveSeconds * 1000} />
        ) : name === 'reports' ? (
          <ReportsView place={place} />
        ) : (
          <section aria-labelledby="nothing-title">
            <h1 id="nothing-title">Nothing here</h1>
            <p class="empty">A deployed lakehouse has no view “{name}”; the local one may.</p>
          </section>
        )}
      </Main>
    </>
  );
}
