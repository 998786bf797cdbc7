import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** A question follows the last change after this many milliseconds. */
const QUIET_MS = 400;

/** What the API said of the text, or of the one before. `isCurrent`: it is about the text. */
export interface Check<Answer> {
  answer?: Answer;
  error?: unknown;
  isCurrent: boolean;
}

/** Asks once for each text that the reader has typed, but an empty one; an older question is given up. */
export function useCheck<Answer>(
  text: string,
  ask: (signal: AbortSignal, text: string) => Promise<Answer>,
  quietMs = QUIET_MS,
): Check<Answer> {
  const check = useSignal<{ text: string; answer?: Answer; error?: unknown } | undefined>(undefined);
  useEffect(() => {
    if (text === '') return;
    const stopping = new AbortController();
    const note = (said: { answer: Answer } | { error: unknown }) => {
      if (!stopping.signal.aborted) check.value = { text, ...said };
    };
    const timer = setTimeout(() => {
      ask(stopping.signal, text).then(
        (answer) => note({ answer }),
        (error: unknown) => note({ error }),
      );
    }, quietMs);
    return () => {
      clearTimeout(timer);
      stopping.abort();
    };
  }, [text]);
  if (text === '' || !check.value) return { isCurrent: false };
  return { ...check.value, isCurrent: check.value.text === text };
}
