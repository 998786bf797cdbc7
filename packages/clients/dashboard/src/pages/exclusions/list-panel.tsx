import type { operations } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonField, toReasonOption } from '../../api/command';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { navigate } from '../../browser/navigation';
import { useSubject } from '../../browser/title';
import { ActionButton, OpenButton } from '../../components/action-button';
import { ExportMenu } from '../../components/export-menu';
import { Fact } from '../../components/figures';
import { ListTable } from '../../components/list-table';
import { Loaded } from '../../components/notice';
import { RuleActions } from '../../components/rules';
import { SidePanel } from '../../components/side-panel';
import { Time } from '../../components/time';
import { ExclusionState } from './exclusion-parts';
import { ImportList } from './import-list';
import { t } from './texts';

type ExclusionList = operations['getExclusionList']['responses'][200]['content']['application/json'];

/** One list, with its entries. */
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
