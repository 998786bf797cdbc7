import type { ScanWindow } from '@cyberstroll/contracts';
import type { ApiLimit } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { type Column, createTable } from '../../text/table';
import { integer, perPrefix, scanWindow, startsPerSecond } from '../option-values';

const t = defineTexts({
  limit: ['limit how hard tasks may scan', '限制任务的扫描强度'],
  add: ['add a limit on what all, a pool, a label or a network covers', '为全部任务、节点池、标签或网段添加限制'],
  list: ['list all limits with their live use', '列出所有限制及其当前用量'],
  set: ['change the numbers or the windows of a limit', '修改限制的数值或时段'],
  remove: ['remove a limit', '移除限制'],
  all: ['every task', '所有任务'],
  pool: ['the tasks of this pool', '此节点池的任务'],
  label: ['the tasks with this label', '带此标签的任务'],
  network: ['the addresses in this network', '此网段中的地址'],
  max_concurrent: ['addresses under scan at once', '同时扫描的地址数'],
  max_starts: ['scans that may start per second', '每秒可开始的扫描数'],
  concurrent_or_none: ['addresses under scan at once; "none" removes the number', '同时扫描的地址数；"none" 表示取消'],
  starts_or_none: ['scans that may start per second; "none" removes it', '每秒可开始的扫描数；"none" 表示取消'],
  per_prefix: [
    'addresses under scan at once in each prefix; 4 means in each /24 and /64, 4/28/56 in others',
    '每个前缀中同时扫描的地址数；4 表示每个 /24 和 /64，4/28/56 表示其他长度',
  ],
  prefix_or_none: [
    'addresses under scan at once in each prefix, such as 4 or 4/28/56; "none" removes it',
    '每个前缀中同时扫描的地址数，如 4 或 4/28/56；"none" 表示取消',
  ],
  window: [
    'hours in which it counts, such as "mon-fri 07:00-19:00 Europe/Berlin"; may be repeated',
    '限制生效的时段，如 "mon-fri 07:00-19:00 Asia/Shanghai"；可重复',
  ],
  window_or_none: [
    'hours in which it counts, in place of those that it has; may be repeated; "none": always',
    '限制生效的时段，取代原有时段；可重复；"none" 表示始终生效',
  ],
  a_change: [
    'give a number or windows: --max-concurrent, --max-starts-per-second, --per-prefix, --window',
    '请给出数值或时段：--max-concurrent、--max-starts-per-second、--per-prefix、--window',
  ],
  each_network: ['spares each network', '减轻对每个网段的压力'],
  by_day: ['by day alone', '仅在白天'],
  one_of: ['name one of --all, --pool, --label, --network', '请给出 --all、--pool、--label、--network 之一'],
  a_number: [
    'give a number: --max-concurrent, --max-starts-per-second or --per-prefix',
    '请给出 --max-concurrent、--max-starts-per-second 或 --per-prefix',
  ],
  spare_network: ['spares a network', '减轻对某网段的压力'],
  with_use: ['what is out now, against what is allowed', '当前已下发数与允许数'],
  at_once: ['at most 10 at once from now on', '今后最多同时 10 个'],
  added: ['limit {limit} added', '已添加限制 {limit}'],
  changed: ['limit {limit} changed', '已修改限制 {limit}'],
  removed: ['limit {limit} removed', '已移除限制 {limit}'],
  outside_windows: ['not now', '当前不生效'],
  no_limits: ['no limits', '没有限制'],
});

const MAX_CONCURRENT = 1_000_000;
const concurrent = integer(1, MAX_CONCURRENT);
/** `none` removes it. */
const orNone =
  <Value>(convert: (text: string) => Value) =>
  (text: string) =>
    text === 'none' ? null : convert(text);
const windowOrNone = (text: string, before?: ScanWindow[] | null) =>
  text === 'none' ? null : scanWindow(text, before ?? undefined);

export function addCommands(program: CliCommand): void {
  const limits = program.add('limit', t('limit')).examples(['limit list', t('with_use')]);

  limits
    .add('add', t('add'))
    .examples(
      ['limit add --network 10.1.0.0/16 --max-concurrent 50', t('spare_network')],
      ['limit add --all --per-prefix 4', t('each_network')],
      ['limit add --all --max-starts-per-second 10 --window "mon-fri 07:00-19:00 Europe/Berlin"', t('by_day')],
    )
    .option('--all', t('all'))
    .option('--pool <name>', t('pool'))
    .option('--label <label>', t('label'))
    .option('--network <network>', t('network'))
    .option('--max-concurrent <n>', t('max_concurrent'), concurrent)
    .option('--max-starts-per-second <n>', t('max_starts'), startsPerSecond)
    .option('--per-prefix <n>', t('per_prefix'), perPrefix)
    .option('--window <hours>', t('window'), scanWindow)
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { POST, call } }, options) => {
      const { all, pool, label, network, window: windows, reason } = options;
      const {
        maxConcurrent: max_concurrent,
        maxStartsPerSecond: max_starts_per_second,
        perPrefix: per_prefix,
      } = options;
      const given = { all: all ? (true as const) : undefined, pool, label, network };
      const named = Object.values(given).filter((value) => value !== undefined);
      if (named.length !== 1) throw new CliError('usage', t('one_of'));
      const numbers = { max_concurrent, max_starts_per_second, per_prefix };
      if (!hasValue(numbers)) throw new CliError('usage', t('a_number'));
      const limit = await call(
        POST('/api/limits', { body: { covers: given, ...numbers, windows, reason } }),
        'limit_id',
      );
      await output.answer(limit, ({ limit_id }) => t('added', { limit: limit_id }));
    });

  limits
    .add('list', t('list'))
    .examples(['limit list', t('with_use')])
    .run(async ({ output, api: { GET, call } }) => {
      const list = await call(GET('/api/limits'), 'items');
      if (list.items.length === 0 && !output.json) return output.message(t('no_limits'));
      await output.answer(list, ({ items }) => createTable(COLUMNS).toText(items, output));
    });

  limits
    .add('set <limit_id>', t('set'))
    .examples(['limit set 66b2f0c3a1d4e5f607182930 --max-concurrent 10', t('at_once')])
    .option('--max-concurrent <n>', t('concurrent_or_none'), orNone(concurrent))
    .option('--max-starts-per-second <n>', t('starts_or_none'), orNone(startsPerSecond))
    .option('--per-prefix <n>', t('prefix_or_none'), orNone(perPrefix))
    .option('--window <hours>', t('window_or_none'), windowOrNone)
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { PATCH, call } }, options, id: string) => {
      const { window: windows, reason } = options;
      const {
        maxConcurrent: max_concurrent,
        maxStartsPerSecond: max_starts_per_second,
        perPrefix: per_prefix,
      } = options;
      const change = { max_concurrent, max_starts_per_second, per_prefix, windows };
      if (!hasValue(change)) throw new CliError('usage', t('a_change'));
      const sent = PATCH('/api/limits/{limit_id}', { ...ofLimit(id), body: { ...change, reason } });
      await output.answer(await call(sent, 'limit_id'), ({ limit_id }) => t('changed', { limit: limit_id }));
    });

  limits
    .add('remove <limit_id>', t('remove'))
    .examples(['limit remove 66b2f0c3a1d4e5f607182930 --reason "the scan is over"', say('why_in_audit_log')])
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { DELETE, call } }, { reason }, limit_id: string) => {
      const sent = DELETE('/api/limits/{limit_id}', { params: { path: { limit_id }, query: { reason } } });
      await output.answer(await call(sent, 'limit_id'), (removed) => t('removed', { limit: removed.limit_id }));
    });
}

const ofLimit = (limit_id: string) => ({ params: { path: { limit_id } } });
const hasValue = (fields: object) => Object.values(fields).some((value) => value !== undefined);

const COLUMNS: readonly Column<ApiLimit>[] = [
  { title: 'LIMIT_ID', value: (limit) => limit.limit_id },
  {
    title: 'COVERS',
    value: ({ covers }) => Object.entries(covers).map(([kind, of]) => (of === true ? kind : `${kind} ${of}`))[0],
  },
  {
    title: 'AT ONCE',
    value: ({ use, max_concurrent }) => `${use.outstanding} / ${max_concurrent ?? '-'}`,
    align: 'right',
  },
  { title: 'NOT BEGUN', value: ({ use }) => use.not_begun, align: 'right' },
  { title: 'PER SECOND', value: (limit) => limit.max_starts_per_second, align: 'right' },
  {
    title: 'IN EACH PREFIX',
    value: ({ use, per_prefix }) =>
      per_prefix && `${use.fullest_prefix?.outstanding ?? 0} / ${per_prefix.max_concurrent}`,
    align: 'right',
  },
  { title: 'IN FORCE', value: ({ in_force }) => (in_force ? undefined : t('outside_windows')) },
  { title: 'TASKS', value: ({ use }) => use.tasks, align: 'right' },
  {
    title: 'HELD BY',
    value: ({ use }) =>
      use.held_by.map(({ task_id, name, outstanding }) => `${name ?? task_id}: ${outstanding}`).join(),
    max: 60,
  },
  { title: 'LEVEL', value: ({ level = 'operator' }) => level },
  { title: 'REASON', value: (limit) => limit.reason, max: 30 },
];
