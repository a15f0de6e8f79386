/** For a lakehouse that has access keys. */
import { useState } from 'preact/hooks';
import { api } from './api.ts';

export function SignIn({ onDone }: { onDone: () => void }) {
  const [error, setError] = useState<string>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    try {
      await api.signIn(String(form.get('id')), String(form.get('secret')));
      onDone();
    } catch (caught) {
      setError((caught as Error).message);
    }
  };
  return (
    <main class="sign-in">
      <h1>Firn</h1>
      <p>
        This lakehouse has access keys. <code>npm run keys</code> makes one.
      </p>
      <form onSubmit={(event) => void submit(event)}>
        <label>
          Access key id <input name="id" autocomplete="username" required />
        </label>
        <label>
          Secret access key <input name="secret" type="password" autocomplete="current-password" required />
        </label>
        <button type="submit" class="primary">
          Sign in
        </button>
        {error !== undefined && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
      </form>
    </main>
  );
}
