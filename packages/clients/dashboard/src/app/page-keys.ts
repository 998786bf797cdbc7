import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** A key of the page that is shown, beside those that work everywhere. */
export interface PageKey {
  key: string;
  name: () => string;
  run: () => void;
}

export const pageKeys = signal<readonly PageKey[]>([]);

/** Keys that work while a component is on the page. */
export function usePageKeys(keys: readonly PageKey[]): void {
  useEffect(() => {
    pageKeys.value = [...pageKeys.value, ...keys];
    return () => {
      pageKeys.value = pageKeys.value.filter((key) => !keys.includes(key));
    };
  }, []);
}
