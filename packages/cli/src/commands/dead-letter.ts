import { DEAD_LETTER_STATES, type DeadLetterFilter } from '@cyberstroll/contracts';
import { type Command, Option } from 'commander';
import type { DeadLetterCommand, DeadLetterView } from '../api-client';
import { CliError } from '../cli-error';
import type { CommandContext } from '../command-context';
import { integer, isoTime } from '../option-values';
import { followPages, printPages } from '../pages';
import { toPrintable } from '../printable';
import { createTable, toFieldLines } from '../table';
import type { TimeText } from '../time-text';
import { addListOptions, toPageOptions } from './list-options';

export function addDeadLetterCommands(program: Command, toContext: (command: Command) => CommandContext): void {
  const letters = program.command('dead-letter').description('what could not be applied: look, replay, discard');

  addFilterOptions(addListOptions(letters.command('list').description('list dead letters, newest first')))
    .addOption(new Option('--state <state>', 'all but the discarded without it').choices(DEAD_LETTER_STATES))
    .action(async ({ state, ...options }, command) => {
      const { output, connect } = toContext(command);
      const client = connect();
      const pages = followPages(
        (query) => client.listDeadLetters({ ...query, ...toFilter(options), state }),
        toPageOptions(options),
      );
      await printPages(pages, output, { table: createDeadLetterTable(output.toTimeText), noun: 'dead letters' });
    });

  letters
    .command('show')
    .description('show one dead letter with its content')
    .argument('<dead_letter_id>')
    .action(async (id: string, _options, command) => {
      const { output, connect } = toContext(command);
      const letter = await connect().getDeadLetter(id);
      await (output.json ? output.jsonLine(letter) : output.line(toLetterText(letter, output.toTimeText)));
    });

  addCommand(
    letters,
    toContext,
    'replay',
    'send dead letters back to where they came from; a second time only by --id',
  );
  addCommand(letters, toContext, 'discard', 'take dead letters out of the list and of every replay');
}

function addCommand(
  letters: Command,
  toContext: (command: Command) => CommandContext,
  name: DeadLetterCommand,
  description: string,
): void {
  const done = name === 'replay' ? 'replayed' : 'discarded';
  addFilterOptions(letters.command(name).description(description))
    .option('--id <id>', 'this one; may be given several times', (id: string, ids?: string[]) => [...(ids ?? []), id])
    .option('--limit <n>', 'at most so many at once', integer(1, 10_000), 1_000)
    .option('--dry-run', 'tell what would be done, and do nothing')
    .action(async ({ id, limit, dryRun, ...options }, command) => {
      const { output, connect } = toContext(command);
      const filter: DeadLetterFilter = { ...toFilter(options), ...(id && { ids: id }) };
      if (Object.keys(filter).length === 0) {
        throw new CliError('usage', 'say which: --id, --reason, --queue, --task, --before or --after');
      }
      const outcome = await connect().commandDeadLetters(name, { filter, limit, dry_run: dryRun ?? false });
      if (output.json) return output.jsonLine(outcome);
      const { matched, skipped, more } = outcome;
      const verb = outcome.dry_run ? `would be ${done}` : done;
      await output.line(`${matched} matched, ${outcome[done] ?? 0} ${verb}, ${skipped.length} skipped`);
      for (const { id: skippedId, why } of skipped) output.message(toPrintable(`skipped ${skippedId}: ${why}`));
      if (more) output.message('more match: run it again');
    });
}

interface FilterOptions {
  reason?: string;
  queue?: string;
  task?: string;
  before?: string;
  after?: string;
}

const addFilterOptions = (command: Command): Command =>
  command
    .option('--reason <reason>', 'those with this reason, as unknown_task')
    .option('--queue <queue>', 'those from this queue, as cs.state.updates')
    .option('--task <task_id>', 'those that name this task')
    .option('--before <time>', 'those first seen before, as 2026-01-31T12:00:00Z or as lists show it', isoTime)
    .option('--after <time>', 'those first seen at or after', isoTime);

const toFilter = ({ reason, queue, task, before, after }: FilterOptions): Omit<DeadLetterFilter, 'ids'> =>
  Object.fromEntries(
    Object.entries({ reason, queue, task_id: task, before, after }).filter(([, value]) => value !== undefined),
  );

const createDeadLetterTable = (toTimeText: TimeText) =>
  createTable<DeadLetterView>([
    { title: 'DEAD_LETTER_ID', value: (letter) => letter.dead_letter_id },
    { title: 'STATE', value: (letter) => letter.state },
    { title: 'FIRST_SEEN', value: (letter) => toTimeText(letter.first_seen) },
    { title: 'COUNT', value: (letter) => letter.count ?? 1 },
    { title: 'REASON', value: (letter) => letter.reason, max: 40 },
    { title: 'QUEUE', value: (letter) => letter.queue, max: 40 },
    { title: 'SENDER', value: (letter) => letter.sender, max: 30 },
    { title: 'DETAIL', value: (letter) => letter.detail, max: 80 },
  ]);

const toLetterText = (letter: DeadLetterView, toTimeText: TimeText): string =>
  toFieldLines([
    ['dead_letter_id', letter.dead_letter_id],
    ['state', letter.state],
    ['reason', letter.reason],
    ['detail', letter.detail],
    ['queue', letter.queue],
    ['task_id', letter.task_id],
    ['sender', letter.sender],
    ['first_seen', toTimeText(letter.first_seen)],
    ...(letter.count === undefined
      ? []
      : ([
          ['last_seen', toTimeText(letter.last_seen)],
          ['count', letter.count],
        ] satisfies [string, unknown][])),
    ['expires', toTimeText(letter.expires)],
    ['replayable', letter.unreplayable_reason ? `no: ${letter.unreplayable_reason}` : 'yes'],
    ...(letter.replayed_times ?? []).map(toMarkLine('replayed', toTimeText)),
    ...(letter.discarded ? [toMarkLine('discarded', toTimeText)(letter.discarded)] : []),
    ['content_bytes', letter.content_bytes],
    ['content', letter.content],
  ]);

const toMarkLine =
  (name: string, toTimeText: TimeText) =>
  ({ time, operator }: { time: string; operator: string }): [string, string] => [
    name,
    `${toTimeText(time)} by ${operator}`,
  ];
