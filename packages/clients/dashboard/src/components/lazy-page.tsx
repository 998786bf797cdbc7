import { useSignal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect } from 'preact/hooks';
import { assign } from './input';
import { ErrorNotice } from './notice';
import { t } from './texts';

/** A page in a file of its own, which is loaded when the page is opened. */
export function lazyPage<Props extends object>(
  load: () => Promise<{ default: FunctionComponent<Props> }>,
): FunctionComponent<Props> {
  return function LazyPage(props: Props) {
    const loaded = useSignal<{ component: FunctionComponent<Props> } | undefined>(undefined);
    const fault = useSignal<unknown>(undefined);
    useEffect(() => {
      load().then(
        ({ default: component }) => assign(loaded, { component }),
        (error: unknown) => assign(fault, error),
      );
    }, []);
    if (fault.value !== undefined) return <ErrorNotice error={fault.value} onRetry={() => location.reload()} />;
    if (!loaded.value) {
      return (
        <p class="empty" aria-busy="true">
          {t('loading')}
        </p>
      );
    }
    const Component = loaded.value.component;
    return <Component {...props} />;
  };
}
