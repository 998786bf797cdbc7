import { OPERATIONS } from '@cyberstroll/contracts';
import { Option } from 'commander';
import type { ApiAuditEntry } from '../../api-types';
import { pastTime } from '../../given-time';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts } from '../../language/say';
import { type Column, createTable } from '../../text/table';
import { addListOptions, printList } from '../pages';

const t = defineTexts({
  noun: ['entries', '记录'],
  audit: [
    'list commands and refused logins, newest first (role admin)',
    '列出命令和被拒绝的登录，最新的在前（需要 admin 角色）',
  ],
  refused_logins: ['refused logins', '被拒绝的登录'],
  did_task: ['who did what to a task', '谁对一个任务做了什么'],
  one_key: ['what one key did since a day', '某个密钥自某天以来做了什么'],
  operator: ['only commands of this API key', '只列出此 API 密钥的命令'],
  operation: ['only this operation', '只列出此操作'],
  task: ['only commands about this task', '只列出与此任务有关的命令'],
  subject: [
    'only commands about this subtask, alert, key or other subject, or that created it',
    '只列出与此子任务、告警、密钥等对象有关的，或创建了它的命令',
  ],
  format: ['csv and ndjson: everything that matches, as it arrives', 'csv 和 ndjson：边接收边输出所有匹配的记录'],
  as_csv: ['all that was done in January, one row per command', '一月份的所有命令，每条命令一行'],
  dry_run: ['{operation} (dry run)', '{operation}（试运行）'],
  after: [
    'only those at or after this time, such as -2h, 22:00 or 2026-01-31',
    '只列出在此时间或之后的，如 -2h、22:00 或 2026-01-31',
  ],
  before: ['only those before this time', '只列出在此时间之前的'],
});

const COMMAND_IDS = Object.entries(OPERATIONS)
  .filter(([, { method }]) => method !== 'GET')
  .map(([id]) => id);

export function addCommands(program: CliCommand): void {
  program
    .add('audit', t('audit'))
    .examples(
      ['audit --operation login', t('refused_logins')],
      ['audit --task 66b2f0c3a1d4e5f607182930', t('did_task')],
      ['audit --operator alice --after 2026-01-31T00:00:00Z', t('one_key')],
      ['audit --after 2026-01-01T00:00:00Z --before 2026-02-01T00:00:00Z --format csv > january.csv', t('as_csv')],
    )
    .with(addListOptions)
    .option('--operator <name>', t('operator'))
    .addOption(new Option('--operation <id>', t('operation')).choices(['login', ...COMMAND_IDS]))
    .option('--task <task_id>', t('task'))
    .option('--subject <id>', t('subject'))
    .option('--after <time>', t('after'), pastTime)
    .option('--before <time>', t('before'), pastTime)
    .addOption(new Option('--format <format>', t('format')).choices(['table', 'csv', 'ndjson']).default('table'))
    .run(async ({ output, api: { GET, call, stream } }, given) => {
      const { operator, operation, task: task_id, subject, after, before, format, ...options } = given;
      const only = { operator, operation, task_id, subject, after, before };
      await printList(output, options, {
        format,
        stream: (form) => stream((init) => GET('/api/audit', { ...init, params: { query: only } }), form),
        fetch: (page) => call(GET('/api/audit', { params: { query: { ...page, ...only } } }), 'items'),
        table: createTable(COLUMNS),
        noun: t('noun'),
      });
    });
}

const COLUMNS: readonly Column<ApiAuditEntry>[] = [
  { title: 'TIME', value: (entry, toTimeText) => toTimeText(entry.time) },
  { title: 'OPERATOR', value: (entry) => entry.operator, max: 30 },
  { title: 'ROLE', value: (entry) => entry.role },
  { title: 'ADDRESS', value: (entry) => entry.address },
  {
    title: 'OPERATION',
    value: ({ operation, dry_run }) => (dry_run ? t('dry_run', { operation }) : operation),
  },
  { title: 'TASK', value: (entry) => entry.task_id },
  { title: 'SUBJECT', value: (entry) => entry.subject, max: 50 },
  {
    title: 'CHANGE',
    value: ({ before, after }) => ((before ?? after) ? `${before ?? ''} > ${after ?? ''}` : undefined),
  },
  { title: 'STATUS', value: (entry) => entry.status ?? 'unknown' },
  { title: 'CODE', value: (entry) => entry.code },
  { title: 'REASON', value: (entry) => entry.reason, max: 60 },
];
