import { ApiError } from '@cyberstroll/client';
import type { ComponentChildren } from 'preact';
import type { Data } from '../api/use-data';
import { Panel } from './panel';
import { t } from './texts';

/** What went wrong, in the API's words. */
export const toDetail = (error: unknown): string =>
  error instanceof ApiError ? error.detail : error instanceof TypeError ? t('gone') : String(error);

export const Empty = ({ children }: { children: ComponentChildren }) => <p class="empty">{children}</p>;

export const ErrorNotice = ({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) => (
  <p class="error" role="alert">
    {t('failed', { detail: toDetail(error) })}{' '}
    {onRetry && (
      <button type="button" onClick={onRetry}>
        {t('again')}
      </button>
    )}
  </p>
);

/** Shows data once it is read. A later read that fails leaves it there, with its age, under what went wrong. */
export function Loaded<Value>({
  data,
  children,
}: {
  data: Data<Value>;
  children: (value: Value) => ComponentChildren;
}) {
  const { value, error, oldSince, reload } = data;
  return (
    <>
      {error && <ErrorNotice error={error} onRetry={reload} />}
      {value !== undefined ? (
        <Panel of={[oldSince]}>{children(value)}</Panel>
      ) : (
        !error && (
          <div class="skeleton" aria-busy="true">
            <span class="visually-hidden">{t('loading')}</span>
          </div>
        )
      )}
    </>
  );
}
