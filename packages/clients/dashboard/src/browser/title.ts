import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** What the page is about, where its name alone does not say it: a task, a node, an address. */
export const subject = signal<string | undefined>(undefined);

const LONGEST = 60;

/** Names what the page is about in the browser's tab, while the component is on the page. */
export function useSubject(text: string): void {
  useEffect(() => {
    subject.value = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
    return () => {
      subject.value = undefined;
    };
  }, [text]);
}
