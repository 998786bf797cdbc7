import type { Task } from '@cyberstroll/client';
import { useMemo } from 'preact/hooks';
import { useGet } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { isPhone } from '../../browser/screen';
import { anyOf, ManyFilter, SelectFilter } from '../../components/filter';
import { ExportMenu } from '../../components/menu';
import { TaskLink } from '../../components/name-link';
import { Empty, ErrorNotice, Loaded } from '../../components/notice';
import { HostileText } from '../../components/scroll-box';
import { Time } from '../../components/time';
import { VirtualRows } from '../../components/virtual-rows';
import { changeName, defineTexts, formatNumber } from '../../language/define-texts';
import { Badge, TaskState } from '../../states/state-badge';
import { hasEnded } from '../../states/states';
import { CompareWith } from './compare-with';
import {
  CHANGES,
  type Change,
  type Diff,
  type DiffRow,
  type DiffRows,
  filterRows,
  findCut,
  HOSTS,
  readDiffFilter,
  useDiff,
} from './diff-rows';
import './compare.css';

const t = defineTexts({
  title: ['Compare tasks', '比较任务'],
  before: ['Before', '之前'],
  after: ['After', '之后'],
  swap: ['Swap', '互换'],
  not_ended: ['It has not ended: what is not scanned is not compared.', '任务尚未结束：未扫描的部分不参与比较。'],
  changes: ['Changes', '变化'],
  hosts: ['Hosts', '主机'],
  count: ['{count} {count|difference|differences} listed.', '列出 {count} 处差异。'],
  count_so_far: ['{count} {count|difference|differences} so far …', '目前 {count} 处差异……'],
  host_counts: [
    'Hosts: {appeared} appeared, {gone} gone, {changed} changed.',
    '主机：新 {appeared}，消失 {gone}，变化 {changed}。',
  ],
  equal_hosts: ['{equal} {equal|host is|hosts are} equal.', '相同的主机 {equal} 台。'],
  cut: ['“{change}”: the first 20,000 ports. The export has all.', '“{change}”：前 20,000 个端口。导出包含全部。'],
  not_all: ['The comparison was cut off: the list is incomplete.', '比较中断：列出的并非全部。'],
  unscanned: [
    '{hosts} {hosts|host|hosts}: {count|port|ports} {ports} {count|is|are} open, but {count|was|were} not scanned before.',
    '{hosts} 台主机：共 {count} 个端口（{ports}）开放，但之前未扫描过。',
  ],
  none: ['No difference matches.', '没有符合条件的差异。'],
  differences: ['Differences', '差异'],
  host: ['Host', '主机'],
  change: ['Change', '变化'],
  service_before: ['Service before', '之前的服务'],
  service_after: ['Service after', '之后的服务'],
});

/** On a phone a row has two lines. */
const ROW_HEIGHT = { usual: 32, phone: 56 };
const LEAST_HEIGHT = 320;
const MOST_TARGET = 120;

const LOOKS: Record<Change, { tone: string; glyph: string }> = {
  opened: { tone: 'working', glyph: '+' },
  closed: { tone: 'off', glyph: '−' },
  service_changed: { tone: 'again', glyph: '≠' },
  banner_changed: { tone: 'again', glyph: '≈' },
  not_scanned: { tone: 'idle', glyph: '?' },
};

export default function ComparePage({ task_id: before = '', other_id: after = '' }: Record<string, string>) {
  const filter = readDiffFilter(query.value);
  const diff = useDiff(before, after);
  const { read, version, error } = diff;
  const rows = useMemo(() => filterRows(read.rows, filter), [read, version, query.value]);
  const rowHeight = isPhone.value ? ROW_HEIGHT.phone : ROW_HEIGHT.usual;
  return (
    <>
      <h1>{t('title')}</h1>
      <div class="compared">
        <Side name={t('before')} taskId={before} />
        <a class="button" href={`/tasks/${after}/compare/${before}`}>
          {t('swap')}
        </a>
        <Side name={t('after')} taskId={after} isAfter />
      </div>
      <Unscanned {...read.unscanned} />
      <Filters ports={{ ...read.ports }} before={before} after={after} />
      <Counts diff={diff} shown={rows.length} />
      {error !== undefined && <ErrorNotice error={error} onRetry={diff.reload} />}
      {error !== undefined && read.rows.length > 0 && <p class="remark">{t('not_all')}</p>}
      {findCut(read).map((change) => (
        <p key={change} class="remark">
          {t('cut', { change: changeName(change) })}
        </p>
      ))}
      {rows.length === 0 ? (
        !diff.isReading && error === undefined && <Empty>{t('none')}</Empty>
      ) : (
        <>
          <div class="virtual-row virtual-head diff-row weak" aria-hidden="true">
            <span>{t('address')}</span>
            <span>{t('host')}</span>
            <span class="number">{t('port')}</span>
            <span>{t('change')}</span>
            <span>{t('service_before')}</span>
            <span>{t('service_after')}</span>
          </div>
          <VirtualRows
            key={query.value.toString()}
            count={rows.length}
            rowHeight={rowHeight}
            height={Math.min(rows.length * rowHeight + 2, Math.max(LEAST_HEIGHT, innerHeight - 300))}
            label={t('differences')}
            renderRow={(index) => <Row row={rows[index]} />}
          />
        </>
      )}
    </>
  );
}

function Side({ name, taskId, isAfter = false }: { name: string; taskId: string; isAfter?: boolean }) {
  const task = useGet('/api/tasks/{task_id}', { path: { task_id: taskId } });
  return (
    <section aria-label={name}>
      <span class="weak">{name}</span>
      <Loaded data={task}>
        {(read) => (
          <>
            <TaskFacts task={read} />
            {isAfter && <CompareWith task={read} />}
          </>
        )}
      </Loaded>
    </section>
  );
}

const TaskFacts = ({ task }: { task: Task }) => (
  <>
    <p>
      <TaskLink task={task} /> <TaskState status={task.status} /> <Time at={task.created_time} />
    </p>
    <HostileText text={task.task_target} most={MOST_TARGET} />
    {!hasEnded(task.status) && <p class="weak">{t('not_ended')}</p>}
  </>
);

function Filters({ ports, before, after }: { ports: DiffRows['ports']; before: string; after: string }) {
  return (
    <div class="filters">
      <ManyFilter
        label={t('changes')}
        name="change"
        options={Object.fromEntries(
          CHANGES.map((change) => [
            change,
            <span key={change}>
              <Badge {...LOOKS[change]} name={changeName(change)} /> {formatNumber(ports[change])}
            </span>,
          ]),
        )}
      />
      <SelectFilter label={t('hosts')} name="hosts" options={anyOf(t('any'), HOSTS, changeName)} />
      <ExportMenu
        path={`/api/tasks/${before}/diff/${after}`}
        params={{ not_scanned: 'true' }}
        name={`compared-${before}-${after}`}
      />
    </div>
  );
}

const NAMED_PORTS = 10;

/** The news that no port tells that both have scanned. */
function Unscanned({ hosts, ports }: DiffRows['unscanned']) {
  if (hosts === 0) return null;
  const named = [...ports].sort((a, b) => a - b).slice(0, NAMED_PORTS);
  const list = named.join(t('comma')) + (ports.size > NAMED_PORTS ? ' …' : '');
  return (
    <p class="remark">
      <strong>{t('unscanned', { hosts, count: ports.size, ports: list })}</strong>
    </p>
  );
}

function Counts({ diff: { read, isReading, reload }, shown }: { diff: Diff; shown: number }) {
  const { hosts } = read.summary ?? read;
  return (
    <p class="weak" role="status" aria-busy={isReading}>
      {t(isReading ? 'count_so_far' : 'count', { count: shown })}{' '}
      {t('host_counts', { appeared: hosts.appeared, gone: hosts.gone, changed: hosts.changed })}{' '}
      {read.summary && t('equal_hosts', { equal: read.summary.hosts.equal })}{' '}
      {!isReading && (
        <button type="button" class="quiet" onClick={reload}>
          {t('read_again')}
        </button>
      )}
    </p>
  );
}

function Row({ row }: { row: DiffRow | undefined }) {
  if (!row) return null;
  return (
    <div class="virtual-row diff-row">
      <a class="mono" href={`/findings?target=${encodeURIComponent(row.ip)}`}>
        {row.ip}
      </a>
      <span>{changeName(row.host)}</span>
      <span class="number">
        {row.port}/<HostileText text={row.protocol} most={8} />
      </span>
      <Badge {...LOOKS[row.change]} name={changeName(row.change)} />
      <span>{row.before !== undefined && <HostileText text={row.before} />}</span>
      <span>{row.after !== undefined && <HostileText text={row.after} />}</span>
    </div>
  );
}
