import type { Task } from '@cyberstroll/client';
import { isAdmin } from '../../api/session';
import { useGet } from '../../api/use-data';
import { serverNow } from '../../browser/clock';
import { query } from '../../browser/navigation';
import { inWords } from '../../components/in-words';
import { NodeLink } from '../../components/name-link';
import { Loaded } from '../../components/notice';
import { toWindowText } from '../../components/scan-windows';
import { HostileText } from '../../components/scroll-box';
import { Table } from '../../components/table';
import { formatDuration, formatTime, Time } from '../../components/time';
import { explainError, formatNumber, formatShare, stateName } from '../../language/define-texts';
import { TaskState } from '../../states/state-badge';
import { TASK_LOOKS } from '../../states/states';
import { toSpans } from './status-spans';
import { t } from './texts';

/** Where a task spent its time: a bar by status, and the durations in words. */
export function StatusBar({ history }: { history: Task['status_history'] }) {
  const spans = toSpans(history, serverNow.value);
  if (spans.length === 0) return null;
  return (
    <section class="status-bar" aria-label={t('durations')}>
      <h2>{t('durations')}</h2>
      <div class="progress-bar" aria-hidden="true">
        {spans.map(({ status, from, seconds }) => (
          <span
            key={`${from} ${status}`}
            class={`tone-${TASK_LOOKS[status].tone}`}
            style={{ flexGrow: seconds }}
            title={`${stateName(status)}: ${formatDuration(seconds)}`}
          />
        ))}
      </div>
      <ol>
        {spans.map(({ status, from, seconds, isOpen }) => (
          <li key={`${from} ${status}`} title={formatTime(from)}>
            <span aria-hidden="true">{TASK_LOOKS[status].glyph}</span> {stateName(status)} {formatDuration(seconds)}
            {isOpen && ` ${t('so_far')}`}
          </li>
        ))}
      </ol>
    </section>
  );
}

type History = Task['status_history'];

const LATEST = 5;

/** The changes of the status, the newest first; for admins the way to who commanded what. */
export function Timeline({ taskId, history }: { taskId: string; history: History }) {
  const newest = history.toReversed();
  return (
    <section aria-label={t('timeline')}>
      <h2>{t('timeline')}</h2>
      <Changes entries={newest.slice(0, LATEST)} />
      {newest.length > LATEST && (
        <details>
          <summary>{t('earlier', { count: newest.length - LATEST })}</summary>
          <Changes entries={newest.slice(LATEST)} />
        </details>
      )}
      {isAdmin.value && <a href={`/settings/audit?task_id=${taskId}`}>{t('all_commands')}</a>}
    </section>
  );
}

const Changes = ({ entries }: { entries: History }) => (
  <ol class="timeline">
    {entries.map(({ timestamp, status, operator, reason, sentence, folded }) => (
      <li key={`${timestamp} ${status}`}>
        <TaskState status={status} /> <Time at={timestamp} />
        <br />
        <span class="weak">
          {t('by', { operator })}
          {t('colon')}
        </span>{' '}
        <HostileText text={inWords(reason, sentence)} />
        {folded !== undefined && <span class="weak"> ({t('folded', { count: folded })})</span>}
      </li>
    ))}
  </ol>
);

interface ErrorCodesProps {
  counts: Readonly<Record<string, number>>;
  /** Attempts, with any code. */
  failed: number;
}

/** The attempts that failed, by code, the most frequent first. A code leads to its subtasks. */
export function ErrorCodes({ counts, failed }: ErrorCodesProps) {
  const codes = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
  const all = codes.reduce((sum, [, count]) => sum + count, 0);
  if (failed === 0 && codes.length === 0) return null;
  return (
    <section>
      <h2>{t('errors', { count: failed })}</h2>
      {codes.length > 0 && (
        <Table
          class="small-table"
          rows={codes}
          toKey={([code]) => code}
          columns={[
            [
              t('code'),
              ([code]) => (
                <>
                  <a
                    class="mono"
                    href={`?tab=subtasks&error_code=${encodeURIComponent(code)}`}
                    aria-current={query.value.get('error_code') === code ? 'true' : undefined}
                  >
                    {code}
                  </a>
                  <div class="weak">{explainError(code)}</div>
                </>
              ),
              'name',
            ],
            [t('attempts'), ([, count]) => formatNumber(count), 'number'],
            [t('share'), ([, count]) => formatNumber(count / all, { style: 'percent' }), 'number'],
          ]}
        />
      )}
    </section>
  );
}

export function TaskNodes({ taskId }: { taskId: string }) {
  const nodes = useGet('/api/tasks/{task_id}/nodes', { path: { task_id: taskId } }, 15_000);
  return (
    <section>
      <h2>{t('nodes')}</h2>
      <Loaded data={nodes}>
        {({ items, sampled }) =>
          items.length === 0 ? (
            <p class="weak">{t('no_nodes')}</p>
          ) : (
            <>
              {sampled && <p class="weak">{t('sampled')}</p>}
              <Table
                class="small-table"
                rows={items}
                toKey={({ node_id }) => node_id}
                columns={[
                  [t('node'), ({ node_id }) => <NodeLink nodeId={node_id} />, 'name'],
                  [t('held'), ({ held }) => formatNumber(held), 'number'],
                  [t('share'), ({ share }) => formatShare(share), 'number'],
                  [t('failure_rate'), ({ failure_rate }) => formatShare(failure_rate), 'number'],
                ]}
              />
            </>
          )
        }
      </Loaded>
    </section>
  );
}

export function TaskSettings({ task }: { task: Task }) {
  const { error_threshold: threshold, error_threshold_share: share } = task.error_info;
  const { windows, ...rest } = task.config;
  const settings: [string, string | undefined][] = [
    ['scan.ports', task.scan.ports],
    ['scan.method', task.scan.method],
    ['scan.options', JSON.stringify(task.scan.options)],
    ...toSettings('config', rest),
    ['config.windows', windows?.map(toWindowText).join('; ')],
    [
      'error_threshold',
      share === undefined ? formatNumber(threshold) : t('share_of_all', { count: threshold, share: String(share) }),
    ],
    ['task_type', task.task_type],
    ['task_category', task.task_category],
    ['metadata', JSON.stringify(task.metadata)],
    ['exclude_target', task.exclude_target],
    ['traceparent', task.traceparent],
  ];
  return (
    <details open={query.value.has('settings')}>
      <summary>{t('config')}</summary>
      <Table
        class="settings"
        rows={settings.filter(([, value]) => value !== undefined)}
        toKey={([name]) => name}
        columns={[
          [t('setting'), ([name]) => name, 'mono name'],
          [t('value'), ([, value = '']) => <HostileText text={value} />],
        ]}
      />
    </details>
  );
}

const toSettings = (name: string, value: object): [string, string][] =>
  Object.entries(value).flatMap(([key, each]): [string, string][] =>
    typeof each === 'object' && each !== null ? toSettings(`${name}.${key}`, each) : [[`${name}.${key}`, String(each)]],
  );
