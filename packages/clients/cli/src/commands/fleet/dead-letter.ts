import type { DeadLetterGroup } from '@cyberstroll/client';
import { DEAD_LETTER_STATES } from '@cyberstroll/contracts';
import { Option } from 'commander';
import type { ApiDeadLetter } from '../../api-types';
import { CliError } from '../../cli-error';
import { pastTime } from '../../given-time';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { type Column, createTable, type Field, toFieldLines, toFields } from '../../text/table';
import type { TimeText } from '../../text/time-text';
import { integer, repeated } from '../option-values';
import { addListOptions, printPages } from '../pages';

const t = defineTexts({
  noun: ['dead letters', '死信'],
  replay: [
    'send dead letters back to where they came from; a second time only by --id',
    '把死信送回原来的地方；第二次重放须用 --id 指定',
  ],
  discard: ['take dead letters out of the list and of every replay', '把死信移出列表，也不再重放'],
  replayed: [
    '{matched} matched, {count} replayed, {skipped} skipped',
    '匹配 {matched}，已重放 {count}，跳过 {skipped}',
  ],
  discarded: [
    '{matched} matched, {count} discarded, {skipped} skipped',
    '匹配 {matched}，已丢弃 {count}，跳过 {skipped}',
  ],
  would_replay: [
    '{matched} matched, {count} would be replayed, {skipped} skipped',
    '匹配 {matched}，将重放 {count}，跳过 {skipped}',
  ],
  would_discard: [
    '{matched} matched, {count} would be discarded, {skipped} skipped',
    '匹配 {matched}，将丢弃 {count}，跳过 {skipped}',
  ],
  dead_letter: [
    'list, replay and discard messages that could not be applied',
    '列出、重放和丢弃无法处理的消息（死信）',
  ],
  could_not: ['what could not be applied, and why', '哪些消息无法处理，原因是什么'],
  list: ['list dead letters, newest first', '列出死信，最新的在前'],
  groups: ['count all dead letters by reason', '按原因统计全部死信'],
  why_waiting: ['why dead letters wait, and since when', '死信因何等待，从何时起'],
  at_least: ['there are more than are counted here', '还有未计入的死信'],
  one_reason: ['those with one reason', '同一原因的死信'],
  one_task: ['those of one task', '一个任务的死信'],
  state: ['all but the discarded without it', '只限此状态；不给出时列出除已丢弃外的全部'],
  show: ['show one dead letter with its content', '查看一条死信及其内容'],
  message_whether: ['the message, and whether it can be replayed', '消息内容，以及能否重放'],
  would_done: ['what would be done', '将要做什么'],
  one_dead: ['one dead letter', '一条死信'],
  id: ['only this dead letter; may be repeated', '只限此死信；可重复'],
  dry_run: ['show what would be done, without doing it', '只显示将要做什么，不执行'],
  choose_dead: [
    'choose the dead letters by --id, --reason, --queue, --task, --before or --after',
    '请用 --id、--reason、--queue、--task、--before 或 --after 选择死信',
  ],
  skipped: ['skipped {id}: {why}', '跳过 {id}：{why}'],
  more_match: ['more match: run it again', '还有更多匹配：请再次运行'],
  reason: ['only dead letters with this reason, such as unknown_task', '只限此原因的死信，如 unknown_task'],
  queue: ['only dead letters from this queue, such as cs.updates', '只限来自此队列的死信，如 cs.updates'],
  task: ['only dead letters that name this task', '只限与此任务有关的死信'],
  before: [
    'only those first seen before this time, such as -2h, 22:00 or 2026-01-31',
    '只限在此时间之前首次出现的，如 -2h、22:00 或 2026-01-31',
  ],
  after: ['only those first seen at or after this time', '只限在此时间或之后首次出现的'],
  time_operator: ['{time} by {operator}', '{time}，操作者 {operator}'],
  no: ['no: {reason}', '否：{reason}'],
});

export function addCommands(program: CliCommand): void {
  const deadLetters = program.add('dead-letter', t('dead_letter')).examples(['dead-letter list', t('could_not')]);

  deadLetters
    .add('list', t('list'))
    .examples(
      ['dead-letter list --reason unknown_task', t('one_reason')],
      ['dead-letter list --task 66b2f0c3a1d4e5f607182930', t('one_task')],
    )
    .with(addListOptions)
    .with(addFilterOptions)
    .addOption(new Option('--state <state>', t('state')).choices(DEAD_LETTER_STATES))
    .run(({ output, api: { GET, call } }, { state, ...options }) => {
      const only = { ...toFilter(options), state };
      return printPages(output, options, {
        fetch: (page) => call(GET('/api/dead-letters', { params: { query: { ...page, ...only } } }), 'items'),
        table: createTable(COLUMNS),
        noun: t('noun'),
      });
    });

  deadLetters
    .add('groups', t('groups'))
    .examples(['dead-letter groups --state waiting', t('why_waiting')])
    .with(addFilterOptions)
    .addOption(new Option('--state <state>', t('state')).choices(DEAD_LETTER_STATES))
    .run(async ({ output, api: { GET, call } }, { state, ...options }) => {
      const query = { ...toFilter(options), state };
      const groups = await call(GET('/api/dead-letters/groups', { params: { query } }), 'items');
      if (groups.items.length === 0 && !output.json) return output.message(say('no', { noun: t('noun') }));
      await output.answer(groups, ({ items }) => createTable(GROUP_COLUMNS).toText(items, output));
      if (groups.more) output.message(t('at_least'));
    });

  deadLetters
    .add('show <dead_letter_id>', t('show'))
    .examples(['dead-letter show 66b2f0c3a1d4e5f607182930', t('message_whether')])
    .run(async ({ output, api: { GET, call } }, _options, dead_letter_id: string) => {
      const sent = GET('/api/dead-letters/{dead_letter_id}', { params: { path: { dead_letter_id } } });
      await output.answer(await call(sent, 'dead_letter_id'), (shown) => toDeadLetterText(shown, output.toTimeText));
    });

  for (const name of ['replay', 'discard'] as const) {
    deadLetters
      .add(name, t(name))
      .examples(
        [`dead-letter ${name} --reason unknown_task --dry-run`, t('would_done')],
        [`dead-letter ${name} --id 66b2f0c3a1d4e5f607182930`, t('one_dead')],
      )
      .with(addFilterOptions)
      .option('--id <id>', t('id'), repeated)
      .option('--limit <n>', say('most_per_call'), integer(1, 10_000), 1_000)
      .option('--dry-run', t('dry_run'))
      .option('--why <text>', say('stored_in_audit_log'))
      .run(async (context, { id, limit, dryRun, why, ...options }) => {
        const { output } = context;
        const filter = { ...toFilter(options), ids: id };
        if (Object.values(filter).every((value) => value === undefined)) {
          throw new CliError('usage', t('choose_dead'));
        }
        const { POST, call } = context.api;
        const body = { filter, limit, dry_run: dryRun ?? false, reason: why };
        const outcome = await call(POST(`/api/dead-letters/${name}`, { body }), 'matched');
        if (output.json) return output.jsonLine(outcome);
        const { matched, skipped, more } = outcome;
        const count = 'replayed' in outcome ? outcome.replayed : outcome.discarded;
        const counts = { matched, count, skipped: skipped.length };
        await output.line(t(OUTCOMES[name][outcome.dry_run ? 'would' : 'did'], counts));
        for (const { id: skippedId, why } of skipped) output.message(t('skipped', { id: skippedId, why }));
        if (more) output.message(t('more_match'));
      });
  }
}

/** What is printed after a command, and after `--dry-run`. */
const OUTCOMES = {
  replay: { did: 'replayed', would: 'would_replay' },
  discard: { did: 'discarded', would: 'would_discard' },
} as const;

const addFilterOptions = (command: CliCommand): CliCommand =>
  command
    .option('--reason <reason>', t('reason'))
    .option('--queue <queue>', t('queue'))
    .option('--task <task_id>', t('task'))
    .option('--before <time>', t('before'), pastTime)
    .option('--after <time>', t('after'), pastTime);

const toFilter = ({ reason, queue, task, before, after }: Record<string, string | undefined>) => ({
  reason,
  queue,
  task_id: task,
  before,
  after,
});

const COLUMNS: readonly Column<ApiDeadLetter>[] = [
  { title: 'DEAD_LETTER_ID', value: (deadLetter) => deadLetter.dead_letter_id },
  { title: 'STATE', value: (deadLetter) => deadLetter.state, isState: true },
  { title: 'FIRST_SEEN', value: (deadLetter, toTimeText) => toTimeText(deadLetter.first_seen) },
  { title: 'COUNT', value: (deadLetter) => deadLetter.count ?? 1 },
  { title: 'REASON', value: (deadLetter) => deadLetter.reason, max: 40 },
  { title: 'QUEUE', value: (deadLetter) => deadLetter.queue, max: 40 },
  { title: 'SENDER', value: (deadLetter) => deadLetter.sender, max: 30 },
  { title: 'DETAIL', value: (deadLetter) => deadLetter.detail, max: 80 },
];

const GROUP_COLUMNS: readonly Column<DeadLetterGroup>[] = [
  { title: 'COUNT', value: ({ count }) => count, align: 'right' },
  { title: 'WAITING', value: ({ waiting }) => waiting, align: 'right' },
  { title: 'OLDEST', value: ({ oldest }, toTimeText) => toTimeText(oldest) },
  { title: 'NEWEST', value: ({ newest }, toTimeText) => toTimeText(newest) },
  { title: 'REASON', value: ({ reason }) => reason, max: 60 },
];

function toDeadLetterText(deadLetter: ApiDeadLetter, toTimeText: TimeText): string {
  const toMark = (name: 'replayed' | 'discarded', { time, operator }: { time: string; operator: string }): Field => [
    name,
    t('time_operator', { time: toTimeText(time) ?? time, operator }),
  ];
  const { count, discarded, unreplayable_reason: reason } = deadLetter;
  return toFieldLines([
    ...toFields(deadLetter, 'dead_letter_id', 'state', 'reason', 'detail', 'queue', 'task_id', 'sender'),
    ['first_seen', toTimeText(deadLetter.first_seen)],
    ['last_seen', count === undefined ? undefined : toTimeText(deadLetter.last_seen)],
    ['count', count],
    ['expires', toTimeText(deadLetter.expires)],
    ['replayable', reason ? t('no', { reason }) : say('yes')],
    ...(deadLetter.replayed_times ?? []).map((mark) => toMark('replayed', mark)),
    ...(discarded ? [toMark('discarded', discarded)] : []),
    ...toFields(deadLetter, 'content_bytes', 'content'),
  ]);
}
