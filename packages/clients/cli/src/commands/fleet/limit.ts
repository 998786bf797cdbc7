import type { ApiLimit } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { type Column, createTable } from '../../text/table';
import { integer, startsPerSecond } from '../option-values';

const t = defineTexts({
  limit: ['limit how hard tasks may scan', '限制任务的扫描强度'],
  add: ['add a limit on what all, a pool, a label or a network covers', '为全部任务、节点池、标签或网段添加限制'],
  list: ['list all limits with their live use', '列出所有限制及其当前用量'],
  set: ['change the numbers of a limit', '修改限制的数值'],
  remove: ['remove a limit', '移除限制'],
  all: ['every task', '所有任务'],
  pool: ['the tasks of this pool', '此节点池的任务'],
  label: ['the tasks with this label', '带此标签的任务'],
  network: ['the tasks with a target in this network', '目标在此网段中的任务'],
  max_concurrent: ['addresses under scan at once', '同时扫描的地址数'],
  max_starts: ['scans that may start per second', '每秒可开始的扫描数'],
  concurrent_or_none: ['addresses under scan at once; "none" removes the number', '同时扫描的地址数；"none" 表示取消'],
  starts_or_none: ['scans that may start per second; "none" removes it', '每秒可开始的扫描数；"none" 表示取消'],
  one_of: ['name one of --all, --pool, --label, --network', '请给出 --all、--pool、--label、--network 之一'],
  a_number: [
    'give a number: --max-concurrent or --max-starts-per-second',
    '请给出 --max-concurrent 或 --max-starts-per-second',
  ],
  spare_network: ['spares a network', '减轻对某网段的压力'],
  with_use: ['what is out now, against what is allowed', '当前已下发数与允许数'],
  at_once: ['at most 10 at once from now on', '今后最多同时 10 个'],
  added: ['limit {limit} added', '已添加限制 {limit}'],
  changed: ['limit {limit} changed', '已修改限制 {limit}'],
  removed: ['limit {limit} removed', '已移除限制 {limit}'],
  no_limits: ['no limits', '没有限制'],
});

const MAX_CONCURRENT = 1_000_000;
const concurrent = integer(1, MAX_CONCURRENT);
/** `none` removes the number. */
const orNone = (convert: (text: string) => number) => (text: string) => (text === 'none' ? null : convert(text));

export function addCommands(program: CliCommand): void {
  const limits = program.add('limit', t('limit')).examples(['limit list', t('with_use')]);

  limits
    .add('add', t('add'))
    .examples(['limit add --network 10.1.0.0/16 --max-concurrent 50', t('spare_network')])
    .option('--all', t('all'))
    .option('--pool <name>', t('pool'))
    .option('--label <label>', t('label'))
    .option('--network <network>', t('network'))
    .option('--max-concurrent <n>', t('max_concurrent'), concurrent)
    .option('--max-starts-per-second <n>', t('max_starts'), startsPerSecond)
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { POST, call } }, options) => {
      const { all, pool, label, network, maxConcurrent, maxStartsPerSecond, reason } = options;
      const given = { all: all ? (true as const) : undefined, pool, label, network };
      const named = Object.values(given).filter((value) => value !== undefined);
      if (named.length !== 1) throw new CliError('usage', t('one_of'));
      const numbers = { max_concurrent: maxConcurrent, max_starts_per_second: maxStartsPerSecond };
      if (!hasNumber(numbers)) throw new CliError('usage', t('a_number'));
      const limit = await call(POST('/api/limits', { body: { covers: given, ...numbers, reason } }), 'limit_id');
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
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { PATCH, call } }, options, id: string) => {
      const { maxConcurrent, maxStartsPerSecond, reason } = options;
      const numbers = { max_concurrent: maxConcurrent, max_starts_per_second: maxStartsPerSecond };
      if (!hasNumber(numbers)) throw new CliError('usage', t('a_number'));
      const sent = PATCH('/api/limits/{limit_id}', { ...ofLimit(id), body: { ...numbers, reason } });
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
const hasNumber = (numbers: object) => Object.values(numbers).some((value) => value !== undefined);

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
  { title: 'TASKS', value: ({ use }) => use.tasks, align: 'right' },
  { title: 'REASON', value: (limit) => limit.reason, max: 30 },
];
