import { type Alert, unwrap } from '@cyberstroll/client';
import { toReasonField, toReasonOption } from '../../api/command';
import { client, isOperator } from '../../api/session';
import { useData, useGet } from '../../api/use-data';
import { ActionButton, CopyButton } from '../../components/action-button';
import { inWords } from '../../components/in-words';
import { Loaded } from '../../components/notice';
import { SidePanel } from '../../components/side-panel';
import { Table } from '../../components/table';
import { Time } from '../../components/time';
import { ruleName } from '../../language/define-texts';
import { AlertActions, AlertState, Subject } from './alert-parts';
import { firstStep, toFirstCommand, withIds } from './first-steps';
import { t } from './texts';

const MOST_SHOWN = 5;

/** One alert: what, since when, what to do about it, and its history. */
export function AlertPanel({ alert_id, onDone }: { alert_id: string; onDone: () => void }) {
  const alert = useGet('/api/alerts/{alert_id}', { path: { alert_id } }, 3_000);
  const reload = () => {
    alert.reload();
    onDone();
  };
  return (
    <SidePanel title={alert.value ? ruleName(alert.value.rule) : t('title')} base="/problems">
      <Loaded data={alert}>
        {(read) => (
          <>
            <p>
              <AlertState {...read} /> · {t(read.severity)} · <Subject alert={read} />
            </p>
            <p dir="auto">{inWords(read.summary, read.sentence)}</p>
            <p class="weak">
              {t('since')} <Time at={read.raised_time} />
              {read.occurrences > 1 && t('comma') + t('times', { count: read.occurrences })}
            </p>
            <AlertActions alert={read} onDone={reload} />
            {read.rule === 'task_failure_rate' && <Failed taskId={read.subject} onDone={reload} />}
            <h3>{t('runbook')}</h3>
            <FirstStep alert={read} />
            <h3>{t('history')}</h3>
            <Table
              rows={read.history}
              toKey={(entry) => `${entry.timestamp}-${entry.state}`}
              columns={[
                [t('time'), ({ timestamp }) => <Time at={timestamp} />],
                [t('state'), ({ state }) => <AlertState state={state} />],
                [t('operator'), ({ operator }) => <bdi>{operator}</bdi>],
                [t('reason'), ({ reason, sentence }) => <bdi>{inWords(reason, sentence)}</bdi>],
              ]}
            />
            <CopyButton label={t('copy_id')} text={() => read.subject} />
          </>
        )}
      </Loaded>
    </SidePanel>
  );
}

/** The first addresses of a task that failed, and the command that scans all of them again. */
function Failed({ taskId, onDone }: { taskId: string; onDone: () => void }) {
  const params = { path: { task_id: taskId } };
  const failed = useData(
    async (signal) => {
      const query = { status: ['FAILED' as const, 'TIMEOUT' as const], limit: MOST_SHOWN };
      const [{ items }, { progress }] = await Promise.all([
        unwrap(client.GET('/api/tasks/{task_id}/subtasks', { params: { ...params, query }, signal })),
        unwrap(client.GET('/api/tasks/{task_id}', { params, signal })),
      ]);
      return { items, count: progress.failed_count + progress.timeout_count };
    },
    { key: taskId, every: 5_000 },
  );
  return (
    <Loaded data={failed}>
      {({ items, count }) =>
        count > 0 && (
          <>
            <p>
              {t('failed') + t('colon')}
              {items.map(({ subtask_id, ip }, i) => (
                <span key={subtask_id}>
                  {i > 0 && t('comma')}
                  <a href={`/tasks/${taskId}/subtasks/${subtask_id}`}>{ip}</a>
                </span>
              ))}
              {count > items.length && (
                <>
                  {t('comma')}
                  <a href={`/tasks/${taskId}?tab=subtasks&status=FAILED&status=TIMEOUT`}>
                    {t('more', { count: count - items.length })}
                  </a>
                </>
              )}
            </p>
            {isOperator.value && (
              <ActionButton
                label={t('retry_failed', { count })}
                onDone={onDone}
                command={{
                  send: (by, reason) => by.POST('/api/tasks/{task_id}/retry', { params, body: toReasonField(reason) }),
                  toCli: (reason) => `cyberstroll task retry ${taskId}${toReasonOption(reason)}`,
                }}
              >
                <p>{t('retry_what', { count })}</p>
              </ActionButton>
            )}
          </>
        )
      }
    </Loaded>
  );
}

function FirstStep({ alert }: { alert: Alert }) {
  const command = toFirstCommand(alert);
  return (
    <>
      <p>{firstStep(alert.rule)}</p>
      {command !== undefined && (
        <p>
          <code>{command}</code> <CopyButton label={t('copy_command')} text={() => command} />
        </p>
      )}
      <details>
        <summary>{t('whole_runbook')}</summary>
        <Runbook alert={alert} />
      </details>
    </>
  );
}

/** The runbook of a rule: a page of the documentation, which the build made HTML of. */
function Runbook({ alert }: { alert: Alert }) {
  const page = useData(
    async (signal) => {
      const response = await fetch('/runbooks.json', { signal });
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      return ((await response.json()) as Record<string, string>)[alert.rule] ?? '';
    },
    { key: alert.rule },
  );
  return <Loaded data={page}>{(html) => <BuiltHtml html={withIds(html, alert)} />}</Loaded>;
}

/** HTML of the project's own documentation, built with the page. */
const BuiltHtml = ({ html }: { html: string }) => <div class="runbook" dangerouslySetInnerHTML={{ __html: html }} />;
