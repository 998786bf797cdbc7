import { useSignal } from '@preact/signals';
import type { FunctionComponent } from 'preact';
import { useEffect } from 'preact/hooks';
import { ErrorNotice } from '../components/notice';

type Params = Record<string, string>;

/** A page whose code is loaded when it is opened for the first time. */
export function lazyPage(load: () => Promise<{ default: FunctionComponent<never> }>): FunctionComponent<Params> {
  let Loaded: FunctionComponent<object> | undefined;
  return (params) => {
    const isLoaded = useSignal(Loaded !== undefined);
    const fault = useSignal<unknown>(undefined);
    useEffect(() => {
      if (Loaded) return;
      load().then(
        (module) => {
          Loaded = module.default as FunctionComponent<object>;
          isLoaded.value = true;
        },
        (error: unknown) => {
          fault.value = error;
        },
      );
    }, []);
    // After an update of the server the old code is gone: loading the page anew gets the new one.
    if (fault.value !== undefined) return <ErrorNotice error={fault.value} onRetry={() => location.reload()} />;
    return isLoaded.value && Loaded ? <Loaded {...params} /> : <p class="empty" aria-busy="true" />;
  };
}
