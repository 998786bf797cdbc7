import { DEAD_LETTER_STATES } from '@cyberstroll/contracts';
import { type Command, Option } from 'commander';
import type { ApiDeadLetter } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { say } from '../../language/say';
import { createTable, type Field, toFieldLines } from '../../text/table';
import type { TimeText } from '../../text/time-text';
import { integer, isoTime } from '../option-values';
import { addListOptions, followPages, printPages, toPageOptions } from '../pages';

export function addDeadLetterCommands(program: Command, toContext: (command: Command) => CommandContext): void {
  const deadLetters = program
    .command('dead-letter')
    .description('list, replay and discard messages that could not be applied')
    .addHelpText('before', toExamples(['dead-letter list', 'what could not be applied, and why']));

  addFilterOptions(
    addListOptions(
      deadLetters
        .command('list')
        .description('list dead letters, newest first')
        .addHelpText(
          'before',
          toExamples(
            ['dead-letter list --reason unknown_task', 'those with one reason'],
            ['dead-letter list --task 66b2f0c3a1d4e5f607182930', 'those of one task'],
          ),
        ),
    ),
  )
    .addOption(new Option('--state <state>', 'all but the discarded without it').choices(DEAD_LETTER_STATES))
    .action(async ({ state, ...options }, command) => {
      const { output, connect } = toContext(command);
      const { GET, call } = connect();
      const only = { ...toFilter(options), state };
      const pages = followPages(
        (page) => call(GET('/api/dead-letters', { params: { query: { ...page, ...only } } }), 'items'),
        toPageOptions(options),
      );
      await printPages(pages, output, { table: createDeadLetterTable(output.toTimeText), noun: 'dead letters' });
    });

  deadLetters
    .command('show')
    .description('show one dead letter with its content')
    .addHelpText(
      'before',
      toExamples(['dead-letter show 66b2f0c3a1d4e5f607182930', 'the message, and whether it can be replayed']),
    )
    .argument('<dead_letter_id>')
    .action(async (id: string, _options, command) => {
      const { output, connect } = toContext(command);
      const { GET, call } = connect();
      const sent = GET('/api/dead-letters/{dead_letter_id}', { params: { path: { dead_letter_id: id } } });
      const deadLetter = await call(sent, 'dead_letter_id');
      await (output.json ? output.jsonLine(deadLetter) : output.line(toDeadLetterText(deadLetter, output.toTimeText)));
    });

  addCommand(
    deadLetters,
    toContext,
    'replay',
    'send dead letters back to where they came from; a second time only by --id',
  );
  addCommand(deadLetters, toContext, 'discard', 'take dead letters out of the list and of every replay');
}

/** What is printed after a command, and after `--dry-run`. */
const OUTCOMES = {
  replay: {
    did: '{matched} matched, {count} replayed, {skipped} skipped',
    would: '{matched} matched, {count} would be replayed, {skipped} skipped',
  },
  discard: {
    did: '{matched} matched, {count} discarded, {skipped} skipped',
    would: '{matched} matched, {count} would be discarded, {skipped} skipped',
  },
} as const;

function addCommand(
  deadLetters: Command,
  toContext: (command: Command) => CommandContext,
  name: keyof typeof OUTCOMES,
  description: string,
): void {
  addFilterOptions(
    deadLetters
      .command(name)
      .description(description)
      .addHelpText(
        'before',
        toExamples(
          [`dead-letter ${name} --reason unknown_task --dry-run`, 'what would be done'],
          [`dead-letter ${name} --id 66b2f0c3a1d4e5f607182930`, 'one dead letter'],
        ),
      ),
  )
    .option('--id <id>', 'only this dead letter; may be repeated', (id: string, ids?: string[]) => [...(ids ?? []), id])
    .option('--limit <n>', 'largest number per call', integer(1, 10_000), 1_000)
    .option('--dry-run', 'show what would be done, without doing it')
    .option('--why <text>', 'stored in the audit log')
    .action(async ({ id, limit, dryRun, why, ...options }, command) => {
      const { output, connect } = toContext(command);
      const filter = { ...toFilter(options), ids: id };
      if (Object.values(filter).every((value) => value === undefined)) {
        throw new CliError(
          'usage',
          say('choose the dead letters by --id, --reason, --queue, --task, --before or --after'),
        );
      }
      const { POST, call } = connect();
      const body = { filter, limit, dry_run: dryRun ?? false, reason: why };
      const outcome = await call(POST(`/api/dead-letters/${name}`, { body }), 'matched');
      if (output.json) return output.jsonLine(outcome);
      const { matched, skipped, more } = outcome;
      const count = 'replayed' in outcome ? outcome.replayed : outcome.discarded;
      const counts = { matched, count, skipped: skipped.length };
      await output.line(say(OUTCOMES[name][outcome.dry_run ? 'would' : 'did'], counts));
      for (const { id: skippedId, why } of skipped) output.message(say('skipped {id}: {why}', { id: skippedId, why }));
      if (more) output.message(say('more match: run it again'));
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
    .option('--reason <reason>', 'only dead letters with this reason, such as unknown_task')
    .option('--queue <queue>', 'only dead letters from this queue, such as cs.state.updates')
    .option('--task <task_id>', 'only dead letters that name this task')
    .option(
      '--before <time>',
      'only those first seen before this time, such as 2026-01-31T12:00:00Z; the format of lists works too',
      isoTime,
    )
    .option('--after <time>', 'only those first seen at or after this time', isoTime);

const toFilter = ({ reason, queue, task, before, after }: FilterOptions) => ({
  reason,
  queue,
  task_id: task,
  before,
  after,
});

const createDeadLetterTable = (toTimeText: TimeText) =>
  createTable<ApiDeadLetter>([
    { title: 'DEAD_LETTER_ID', value: (deadLetter) => deadLetter.dead_letter_id },
    { title: 'STATE', value: (deadLetter) => deadLetter.state, isState: true },
    { title: 'FIRST_SEEN', value: (deadLetter) => toTimeText(deadLetter.first_seen) },
    { title: 'COUNT', value: (deadLetter) => deadLetter.count ?? 1 },
    { title: 'REASON', value: (deadLetter) => deadLetter.reason, max: 40 },
    { title: 'QUEUE', value: (deadLetter) => deadLetter.queue, max: 40 },
    { title: 'SENDER', value: (deadLetter) => deadLetter.sender, max: 30 },
    { title: 'DETAIL', value: (deadLetter) => deadLetter.detail, max: 80 },
  ]);

const toDeadLetterText = (deadLetter: ApiDeadLetter, toTimeText: TimeText): string =>
  toFieldLines([
    ['dead_letter_id', deadLetter.dead_letter_id],
    ['state', deadLetter.state],
    ['reason', deadLetter.reason],
    ['detail', deadLetter.detail],
    ['queue', deadLetter.queue],
    ['task_id', deadLetter.task_id],
    ['sender', deadLetter.sender],
    ['first_seen', toTimeText(deadLetter.first_seen)],
    ...(deadLetter.count === undefined
      ? []
      : ([
          ['last_seen', toTimeText(deadLetter.last_seen)],
          ['count', deadLetter.count],
        ] satisfies Field[])),
    ['expires', toTimeText(deadLetter.expires)],
    ['replayable', toReplayableText(deadLetter)],
    ...(deadLetter.replayed_times ?? []).map(toMarkLine('replayed', toTimeText)),
    ...(deadLetter.discarded ? [toMarkLine('discarded', toTimeText)(deadLetter.discarded)] : []),
    ['content_bytes', deadLetter.content_bytes],
    ['content', deadLetter.content],
  ]);

const toMarkLine =
  (name: 'replayed' | 'discarded', toTimeText: TimeText) =>
  ({ time, operator }: { time: string; operator: string }): Field => [
    name,
    say('{time} by {operator}', { time: toTimeText(time) ?? time, operator }),
  ];

const toReplayableText = ({ unreplayable_reason: reason }: ApiDeadLetter): string =>
  reason ? say('no: {reason}', { reason }) : say('yes');
