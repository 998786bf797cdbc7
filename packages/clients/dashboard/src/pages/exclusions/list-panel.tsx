import { type operations, unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption, toShellWord } from '../../api/command';
import { client, isOperator } from '../../api/session';
import { useCheck } from '../../api/use-check';
import { useGet } from '../../api/use-data';
import { navigate } from '../../browser/navigation';
import { useSubject } from '../../browser/title';
import { ActionButton, ActionDialog, OpenButton } from '../../components/action-button';
import { Fact } from '../../components/figures';
import { assign, Input } from '../../components/input';
import { ListTable } from '../../components/list-table';
import { ExportMenu } from '../../components/menu';
import { Loaded, toDetail } from '../../components/notice';
import { RuleActions } from '../../components/rules';
import { SidePanel } from '../../components/side-panel';
import { Time } from '../../components/time';
import { ExclusionState } from './exclusion-parts';
import { t } from './texts';

type ExclusionList = operations['getExclusionList']['responses'][200]['content']['application/json'];

export function ListPanel({ exclusion_id }: { exclusion_id: string }) {
  const path = { exclusion_id };
  const list = useGet('/api/exclusion-lists/{exclusion_id}', { path }, 5_000);
  useSubject(list.value?.name ?? '');
  return (
    <SidePanel title={<bdi>{list.value?.name ?? '…'}</bdi>} base="/plan/exclusions">
      <Loaded data={list}>
        {(read) => (
          <>
            <ListFacts list={read} reload={list.reload} />
            <Entries key={read.revision} list={read} />
          </>
        )}
      </Loaded>
    </SidePanel>
  );
}

function ListFacts({ list, reload }: { list: ExclusionList; reload: () => void }) {
  const { exclusion_id, name, owner, reason, state, updated_by, updated_time } = list;
  return (
    <>
      <div class="buttons">
        <ExclusionState state={state} />
        <span class="space" />
        <ExportMenu path={`/api/exclusion-lists/${exclusion_id}/entries`} name={name} formats={['csv', 'text']} />
        {isOperator.value && state !== 'ended' && (
          <RuleActions rule={list}>
            <OpenButton label={t('replace')}>
              {(onClose) => <ImportList list={list} onDone={reload} onClose={onClose} />}
            </OpenButton>
            <ActionButton
              label={t('delete')}
              isDangerous
              onDone={() => navigate('/plan/exclusions')}
              command={{
                send: (by, why) =>
                  by.DELETE('/api/exclusion-lists/{exclusion_id}', {
                    params: { path: { exclusion_id }, query: toReasonField(why) },
                  }),
                toCli: (why) => `cyberstroll exclusion drop ${exclusion_id}${toReasonOption(why)}`,
              }}
            >
              <p dir="auto">{t('delete_what', { name })}</p>
            </ActionButton>
          </RuleActions>
        )}
      </div>
      <dl class="facts">
        <Fact name={t('owner')}>{owner}</Fact>
        <Fact name={t('reason')}>{reason}</Fact>
        <Fact name={t('changed')}>
          <bdi>{t('by', { operator: updated_by })}</bdi>, <Time at={updated_time} />
        </Fact>
      </dl>
    </>
  );
}

function Entries({ list: { exclusion_id, entry_count } }: { list: ExclusionList }) {
  const cursor = useSignal<string | undefined>(undefined);
  const entries = useGet('/api/exclusion-lists/{exclusion_id}/entries', {
    path: { exclusion_id },
    query: { limit: 50, ...(cursor.value !== undefined && { cursor: cursor.value }) },
  });
  return (
    <>
      <h3>
        {t('entries')} ({entry_count})
      </h3>
      <ListTable
        data={entries}
        cursor={cursor}
        none="–"
        toKey={({ target, ports }) => `${target} ${ports}`}
        columns={[
          [t('target'), ({ target }) => target, 'mono name'],
          [t('ports'), ({ ports }) => ports ?? '–', 'mono'],
          [t('note'), ({ note }) => <bdi>{note ?? '–'}</bdi>],
        ]}
      />
    </>
  );
}

type Change = operations['replaceExclusionList']['responses'][200]['content']['application/json'];

interface ImportListProps {
  /** Its entries are replaced. Without it, a new list is made. */
  list?: { exclusion_id: string; name: string; owner: string; reason: string };
  onDone: () => void;
  onClose: () => void;
}

/** A file, or what is pasted, as a list. What it would change is said before it is sent. */
export function ImportList({ list, ...then }: ImportListProps) {
  const name = useSignal('');
  const owner = useSignal('');
  const entries = useSignal('');
  const id = list?.exclusion_id;
  const toBody = (reason: string) => ({ name: name.value, owner: owner.value, reason, entries: entries.value });
  return (
    <ActionDialog
      {...then}
      label={t(list ? 'replace' : 'import')}
      takesReason={list === undefined}
      needsReason
      isReady={entries.value.trim() !== ''}
      command={{
        send: (by, reason) =>
          id === undefined
            ? by.POST('/api/exclusion-lists', { body: { ...toBody(reason), dry_run: false } })
            : by.PUT('/api/exclusion-lists/{exclusion_id}', {
                params: { path: { exclusion_id: id } },
                body: { entries: entries.value, dry_run: false },
              }),
        toCli: (reason) =>
          id === undefined
            ? `cyberstroll exclusion import list.csv --name ${toShellWord(name.value)} ` +
              `--owner ${toShellWord(owner.value)}${toReasonOption(reason)}`
            : `cyberstroll exclusion import list.csv --replace ${id}`,
      }}
    >
      <p>{t('import_what')}</p>
      {!list && (
        <>
          <Input label={t('name')} value={name} maxLength={100} required />
          <Input label={t('owner')} value={owner} maxLength={100} required />
        </>
      )}
      <label>
        {t('file')}
        <input
          type="file"
          accept=".csv,.txt,text/csv,text/plain"
          onChange={async ({ currentTarget: { files } }) => assign(entries, (await files?.[0]?.text()) ?? '')}
        />
      </label>
      <label>
        {t('pasted')}
        <textarea
          class="mono"
          rows={6}
          spellcheck={false}
          value={entries.value}
          onInput={({ currentTarget }) => assign(entries, currentTarget.value)}
        />
      </label>
      {entries.value.trim() !== '' && <DryRun entries={entries.value} id={id} />}
    </ActionDialog>
  );
}

function DryRun({ entries, id }: { entries: string; id: string | undefined }) {
  const { answer, error, isCurrent } = useCheck<Change>(entries, async (signal) => {
    const body = { entries, dry_run: true };
    if (id !== undefined) {
      const params = { path: { exclusion_id: id } };
      return unwrap(client.PUT('/api/exclusion-lists/{exclusion_id}', { params, body, signal }));
    }
    // The name, the owner and the reason may not be typed yet.
    const whole = { ...body, name: '–', owner: '–', reason: '–' };
    return (await unwrap(client.POST('/api/exclusion-lists', { body: whole, signal }))) as Change;
  });
  if (!isCurrent) return <p class="weak">{t('checking')}</p>;
  if (!answer) return <p class="error">{toDetail(error)}</p>;
  const { added, gone, kept, open_tasks: tasks = 0, lost_addresses: addresses = 0, more_tasks } = answer;
  return (
    <p role="status">
      {t('diff', { added, gone, kept })}
      {tasks > 0 && `; ${t('loses', { tasks, addresses })}`}
      {more_tasks && t('loses_more')}
    </p>
  );
}
