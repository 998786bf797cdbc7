import type { LimitWithUse } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption } from '../../api/command';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { query, withQuery } from '../../browser/navigation';
import { ActionButton, ActionDialog, OpenButton } from '../../components/action-button';
import { SlotBar } from '../../components/figures';
import { FirstStep } from '../../components/first-step';
import { assign } from '../../components/input';
import { ListTable } from '../../components/list-table';
import { NameLink } from '../../components/name-link';
import { Pace } from '../../components/pace/pace';
import { hasNumber, toPaceChanges, toPaceOptions, toPaceTexts } from '../../components/pace/pace-texts';
import {
  CoversFields,
  NOTHING_CHOSEN,
  RuleActions,
  RuleMade,
  toCovers,
  toCoversOption,
  toCoversText,
} from '../../components/rules';
import { toWindowText } from '../../components/scan-windows';
import { Time } from '../../components/time';
import { formatNumber } from '../../language/define-texts';
import { Badge } from '../../states/state-badge';
import { t } from './texts';

const FIRST = 'cyberstroll limit add --network 10.1.0.0/16 --max-concurrent 50 --max-starts-per-second 20';

/** How hard tasks may scan, and how much of it is in use. `?limit_id=`: one limit alone. */
export default function LimitsPage() {
  const limits = useGet('/api/limits', {}, 3_000);
  const id = query.value.get('limit_id');
  const shown = (limits.value?.items ?? []).filter(({ limit_id }) => id === null || limit_id === id);
  return (
    <>
      <h1>{t('title')}</h1>
      {isOperator.value && (
        <div class="filters">
          <OpenButton label={t('create')}>
            {(onClose) => <CreateLimit onDone={limits.reload} onClose={onClose} />}
          </OpenButton>
        </div>
      )}
      {id !== null && (
        <p>
          {t('one')} <a href={withQuery({ limit_id: undefined })}>{t('all')}</a>
        </p>
      )}
      <ListTable
        data={{ ...limits, value: limits.value && { items: shown } }}
        none={id === null ? <FirstStep cli={FIRST}>{t('none')}</FirstStep> : t('gone')}
        toKey={({ limit_id }) => limit_id}
        columns={[
          [t('covers'), (limit) => <CoversAndHours limit={limit} />, 'name'],
          [t('at_once'), (limit) => <AtOnce limit={limit} />],
          [t('per_second'), (limit) => <PerSecond limit={limit} />, 'number'],
          [t('tasks'), (limit) => <CoveredTasks limit={limit} />, 'number'],
          [t('held_by'), (limit) => <Holders limit={limit} />],
          [t('reason'), ({ reason }) => <bdi>{reason ?? '–'}</bdi>],
          [t('made'), (limit) => <Made limit={limit} />],
          isOperator.value && [
            t('actions'),
            (limit) => (
              <RuleActions rule={limit}>
                <LimitActions limit={limit} reload={limits.reload} />
              </RuleActions>
            ),
            'actions',
          ],
        ]}
      />
    </>
  );
}

const CoversAndHours = ({ limit: { covers, windows = [], in_force } }: { limit: LimitWithUse }) => (
  <>
    <bdi>{toCoversText(covers)}</bdi>
    {windows.length > 0 && <div class="weak">{windows.map(toWindowText).join('; ')}</div>}
    {!in_force && <Badge tone="off" glyph="‖" name={t('not_now')} />}
  </>
);

function AtOnce({ limit: { max_concurrent: all, per_prefix, use } }: { limit: LimitWithUse }) {
  const { outstanding: used, not_begun: count, fullest_prefix: fullest } = use;
  return (
    <>
      {all === undefined ? (
        t('any_number', { used })
      ) : (
        <SlotBar used={used} all={all} label={t('at_once_of', { used, all })} />
      )}
      {per_prefix && (
        <div>
          {t('each_prefix', {
            count: per_prefix.max_concurrent,
            v4: per_prefix.ipv4_length,
            v6: per_prefix.ipv6_length,
          })}
          {fullest && (
            <span class="weak"> ({t('fullest', { used: fullest.outstanding, prefix: fullest.prefix })})</span>
          )}
        </div>
      )}
      {count > 0 && <div class="weak">{t('not_begun', { count })}</div>}
    </>
  );
}

const PerSecond = ({ limit: { max_starts_per_second: rate, use } }: { limit: LimitWithUse }) => (
  <>
    {rate === undefined ? '–' : formatNumber(rate)}
    {rate !== undefined && rate < 1 && use.next_start !== undefined && (
      <div class="weak">
        {t('next_start')} <Time at={use.next_start} />
      </div>
    )}
  </>
);

const OPEN = ['CREATED', 'QUEUED', 'RUNNING', 'PAUSED'];

/** How many, with the way to them. The list of tasks has no filter for a pool. */
function CoveredTasks({ limit: { covers, use } }: { limit: LimitWithUse }) {
  const count = formatNumber(use.tasks);
  if (covers.pool !== undefined) return <>{count}</>;
  const filter = new URLSearchParams(OPEN.map((status) => ['status', status]));
  if (covers.label !== undefined) filter.set('label', covers.label);
  if (covers.network !== undefined) filter.set('target', covers.network);
  return <a href={`/tasks?${filter}`}>{count}</a>;
}

const Holders = ({ limit: { use } }: { limit: LimitWithUse }) => (
  <>
    {use.held_by.length === 0 && '–'}
    {use.held_by.map(({ task_id, name, outstanding }) => (
      <div key={task_id}>
        <NameLink href={`/tasks/${task_id}`} name={name ?? t('task')} />: {formatNumber(outstanding)}
      </div>
    ))}
  </>
);

const Made = ({ limit }: { limit: LimitWithUse }) => (
  <>
    <RuleMade rule={limit} />
    {limit.changed_time !== undefined && (
      <div class="weak">
        {t('changed')} <Time at={limit.changed_time} />
      </div>
    )}
  </>
);

const NO_PACE = toPaceTexts();

function CreateLimit(then: { onDone: () => void; onClose: () => void }) {
  const covers = useSignal(NOTHING_CHOSEN);
  const pace = useSignal(NO_PACE);
  return (
    <ActionDialog
      {...then}
      label={t('create')}
      isReady={hasNumber(pace.value)}
      command={{
        send: (by, reason) =>
          by.POST('/api/limits', {
            body: { covers: toCovers(covers.value), ...toPaceChanges(pace.value, NO_PACE), ...toReasonField(reason) },
          }),
        toCli: (reason) =>
          `cyberstroll limit add ${toCoversOption(covers.value)}${toPaceOptions(pace.value, NO_PACE)}` +
          toReasonOption(reason),
      }}
    >
      <p>{t('create_what')}</p>
      <CoversFields chosen={covers.value} onChosen={(chosen) => assign(covers, chosen)} />
      <Pace hours={t('hours')} texts={pace.value} onTyped={(change) => assign(pace, { ...pace.value, ...change })} />
    </ActionDialog>
  );
}

function LimitActions({ limit, reload }: { limit: LimitWithUse; reload: () => void }) {
  const { limit_id, covers, use } = limit;
  const params = { path: { limit_id } };
  return (
    <div class="buttons row-actions">
      <OpenButton label={t('change')}>
        {(onClose) => <ChangeLimit limit={limit} onDone={reload} onClose={onClose} />}
      </OpenButton>
      <ActionButton
        label={t('delete')}
        isDangerous
        onDone={reload}
        command={{
          send: (by, reason) =>
            by.DELETE('/api/limits/{limit_id}', { params: { ...params, query: toReasonField(reason) } }),
          toCli: (reason) => `cyberstroll limit remove ${limit_id}${toReasonOption(reason)}`,
        }}
      >
        <p dir="auto">{t('delete_what', { covers: toCoversText(covers), count: use.tasks })}</p>
      </ActionButton>
    </div>
  );
}

function ChangeLimit({ limit, onDone, onClose }: { limit: LimitWithUse; onDone: () => void; onClose: () => void }) {
  const { limit_id, covers } = limit;
  const before = useSignal(toPaceTexts(limit)).value;
  const pace = useSignal(before);
  return (
    <ActionDialog
      label={t('change')}
      onDone={onDone}
      onClose={onClose}
      command={{
        send: (by, reason) =>
          by.PATCH('/api/limits/{limit_id}', {
            params: { path: { limit_id } },
            body: { ...toPaceChanges(pace.value, before), ...toReasonField(reason) },
          }),
        toCli: (reason) =>
          `cyberstroll limit set ${limit_id}${toPaceOptions(pace.value, before)}${toReasonOption(reason)}`,
      }}
    >
      <p dir="auto">{t('change_what', { covers: toCoversText(covers) })}</p>
      <Pace hours={t('hours')} texts={pace.value} onTyped={(change) => assign(pace, { ...pace.value, ...change })} />
    </ActionDialog>
  );
}
