import { OPERATIONS } from '@cyberstroll/contracts';
import { type Command, Option } from 'commander';
import type { AuditListQuery } from '../../api-client';
import type { ApiAuditEntry } from '../../api-types';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { createTable } from '../../text/table';
import type { TimeText } from '../../text/time-text';
import { addListOptions, followPages, printPages, toPageOptions } from '../pages';

const COMMAND_IDS = Object.entries(OPERATIONS)
  .filter(([, { method }]) => method !== 'GET')
  .map(([id]) => id);

export function addAuditCommand(program: Command, toContext: (command: Command) => CommandContext): void {
  addListOptions(
    program
      .command('audit')
      .description('list commands and refused logins, newest first (role admin)')
      .addHelpText(
        'before',
        toExamples(
          ['audit --operation login', 'refused logins'],
          ['audit --task 66b2f0c3a1d4e5f607182930', 'who did what to a task'],
          ['audit --operator alice --after 2026-01-31T00:00:00Z', 'what one key did since a day'],
        ),
      ),
  )
    .option('--operator <name>', 'only commands of this API key')
    .addOption(new Option('--operation <id>', 'only this operation').choices(['login', ...COMMAND_IDS]))
    .option('--task <task_id>', 'only commands about this task')
    .option('--after <time>', 'only those at or after this time, such as 2026-01-31T12:00:00Z')
    .option('--before <time>', 'only those before this time')
    .action(async ({ operator, operation, task, after, before, ...options }, command) => {
      const { output, connect } = toContext(command);
      const client = connect();
      const only: AuditListQuery = Object.fromEntries(
        Object.entries({ operator, operation, task_id: task, after, before }).filter(
          ([, value]) => value !== undefined,
        ),
      );
      const pages = followPages((query) => client.listAudit({ ...query, ...only }), toPageOptions(options));
      await printPages(pages, output, { table: createAuditTable(output.toTimeText), noun: 'entries' });
    });
}

const createAuditTable = (toTimeText: TimeText) =>
  createTable<ApiAuditEntry>([
    { title: 'TIME', value: (entry) => toTimeText(entry.time) },
    { title: 'OPERATOR', value: (entry) => entry.operator, max: 30 },
    { title: 'ROLE', value: (entry) => entry.role },
    { title: 'ADDRESS', value: (entry) => entry.address },
    { title: 'OPERATION', value: (entry) => entry.operation },
    { title: 'TASK', value: (entry) => entry.task_id },
    { title: 'SUBJECT', value: (entry) => entry.subject, max: 50 },
    {
      title: 'CHANGE',
      value: ({ before, after }) => ((before ?? after) ? `${before ?? ''} > ${after ?? ''}` : undefined),
    },
    { title: 'STATUS', value: (entry) => entry.status ?? 'unknown' },
    { title: 'CODE', value: (entry) => entry.code },
    { title: 'REASON', value: (entry) => entry.reason, max: 60 },
  ]);
