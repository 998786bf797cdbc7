import type { ResultStream } from '@cyberstroll/contracts';
import { type Command, Option } from 'commander';
import type { ApiResult } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { say } from '../../language/say';
import { toPrintableStream } from '../../text/printable';
import { createTable } from '../../text/table';
import type { TimeText } from '../../text/time-text';
import { integer, isoTime } from '../option-values';
import { addListOptions, followPages, printPages, toPageOptions } from '../pages';

export function addResultsCommand(program: Command, toContext: (command: Command) => CommandContext): void {
  addListOptions(program.command('results').description('find hosts with open ports, across all tasks'))
    .option('--port <port>', 'only hosts with this port open', integer(1, 65_535))
    .option('--service <name>', 'only hosts with a service whose name contains this text; with --port: on that port')
    .option('--target <target>', 'only this address, or addresses in this network, such as 10.0.0.0/24')
    .option('--task <task_id>', 'only results of this task')
    .option('--label <label>', 'only results of tasks with this label, task by task')
    .option('--after <time>', 'only scans that completed at this time or later, such as 2026-01-31T12:00:00Z', isoTime)
    .option('--before <time>', 'only scans that completed before this time', isoTime)
    .addOption(
      new Option('--format <format>', 'csv and ndjson: everything that matches, as it arrives')
        .choices(['table', 'csv', 'ndjson'])
        .default('table'),
    )
    .addHelpText(
      'before',
      toExamples(
        ['results --port 22', 'which hosts have port 22 open?'],
        ['results --port 22 --format csv > ssh.csv', 'all of them, one row per open port'],
        ['results --target 10.0.0.0/24 --service http', 'web servers of a network'],
        ['results --task 66b2f0c3a1d4e5f607182930 --format ndjson', 'what one task found, one JSON object per line'],
      ),
    )
    .action(async ({ port, service, target, task, label, after, before, format, ...options }, command) => {
      const { output, connect } = toContext(command);
      const { GET, call, stream } = connect();
      const only = { port, service, target, task_id: task, label, after, before };
      if (format !== 'table') {
        if (output.json) throw new CliError('usage', say('choose --json or --format {format}', { format }));
        const texts = stream((init) => GET('/api/results', { ...init, params: { query: only } }), format);
        for await (const text of texts) {
          await output.write(toPrintableStream(format as ResultStream, text));
        }
        return;
      }
      const pages = followPages(
        (page) => call(GET('/api/results', { params: { query: { ...page, ...only } } }), 'items'),
        toPageOptions(options),
      );
      await printPages(pages, output, { table: createResultTable(output.toTimeText), noun: 'results' });
    });
}

const createResultTable = (toTimeText: TimeText) =>
  createTable<ApiResult>([
    { title: 'IP', value: ({ ip }) => ip },
    { title: 'PORTS', value: ({ open_ports }) => open_ports.join(', '), max: 40 },
    { title: 'SERVICES', value: ({ services }) => services.join('; '), max: 80 },
    { title: 'COMPLETED', value: ({ completed_time }) => toTimeText(completed_time) },
    { title: 'NODE', value: ({ assigned_node }) => assigned_node, max: 30 },
    { title: 'SUBTASK_ID', value: ({ subtask_id }) => subtask_id },
  ]);
