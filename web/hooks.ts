/** Waiting for the server. */
import { useEffect, useState } from 'preact/hooks';

export interface Loaded<T> {
  value: T | undefined;
  error: string | undefined;
  /** Whether it is being asked for the first time since the inputs changed. */
  busy: boolean;
  /** Asks again. */
  reload: () => void;
}

/** Asks when something in `inputs` changes, and every `everyMs` if that is given. What was known stays meanwhile. */
export function useLoaded<T>(
  load: () => Promise<T>,
  inputs: readonly unknown[],
  everyMs?: number,
): Loaded<T> {
  const [state, setState] = useState<{ value?: T; error?: string }>({});
  const [busy, setBusy] = useState(true);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    setBusy(true);
    const ask = async (): Promise<void> => {
      try {
        const value = await load();
        if (!gone) setState({ value });
      } catch (error) {
        if (!gone) setState((old) => ({ ...old, error: (error as Error).message }));
      }
      if (!gone) setBusy(false);
      if (!gone && everyMs !== undefined) timer = setTimeout(ask, everyMs);
    };
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [...inputs, turn, everyMs]);
  return { value: state.value, error: state.error, busy, reload: () => setTurn((old) => old + 1) };
}
