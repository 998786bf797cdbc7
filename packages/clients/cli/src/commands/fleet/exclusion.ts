import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { EXCLUSION_STATES, toWindowText } from '@cyberstroll/contracts';
import { Option } from 'commander';
import type { AnswerOf, ApiExclusion, ApiExclusionDetail } from '../../api-types';
import { CliError } from '../../cli-error';
import { comingTime } from '../../given-time';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say, sayCode } from '../../language/say';
import { toPrintableStream } from '../../printable';
import { type Column, createTable, toFieldLines } from '../../text/table';
import type { TimeText } from '../../text/time-text';
import { ports, scanWindow } from '../option-values';
import { addListOptions, printPages } from '../pages';

const t = defineTexts({
  noun: ['exclusions', '排除规则'],
  exclusion: [
    'addresses that are never scanned: add, list, show and lift them',
    '永不扫描的地址：添加、列出、查看和解除',
  ],
  add: [
    'exclude an address, a network, or ports of them from every scan; what is open or runs ends within 2 seconds',
    '将地址、网段或其端口排除在所有扫描之外；未完成或正在扫描的在 2 秒内结束',
  ],
  one_address: ['one address, for ever', '一个地址，永久排除'],
  one_night: ['a network, for one night', '一个网段，只在一夜之间'],
  target: ['one address or one network', '一个地址或一个网段'],
  one_port: ['one port of one address', '一个地址的一个端口'],
  office_hours: ['a network, in office hours', '一个网段，在办公时间内'],
  ports: [
    'only these ports, such as 9100 or 135-139; without it the whole addresses',
    '只排除这些端口，如 9100 或 135-139；不给出则排除整个地址',
  ],
  hours: [
    'hours in which it is in force, such as "mon-fri 08:00-18:00 Europe/Berlin"; may be repeated; without it always',
    '生效的时段，如 "mon-fri 08:00-18:00 Asia/Shanghai"；可重复；不给出则始终生效',
  ],
  why: ['why it is not scanned', '不扫描的原因'],
  start: [
    'in force from this time on, such as 22:00; without it at once',
    '从此时间起生效，如 22:00；不给出则立即生效',
  ],
  end: [
    'in force until this time, such as +2h; without it until it is removed',
    '到此时间为止，如 +2h；不给出则到解除为止',
  ],
  added: ['exclusion {exclusion} of {target}: {state}', '排除规则 {exclusion}，{target}：{state}'],
  list: ['list exclusions, newest first', '列出排除规则，最新的在前'],
  not_ended: ['all that have not ended', '所有尚未结束的'],
  state: ['only those in this state', '只列出此状态的'],
  get: ['show an exclusion, and the tasks that have lost addresses to it', '查看排除规则，以及因它失去地址的任务'],
  which_tasks: ['its tasks, with counts', '它的任务及数量'],
  remove: [
    'lift an exclusion; what it cancelled stays cancelled, and the tasks are listed',
    '解除排除规则；已取消的仍为已取消，并列出相关任务',
  ],
  import: [
    'exclude all that a file names, as a list: CSV with a header "target,ports,note", or a target a line; all or nothing',
    '排除文件中的所有目标，成为一个列表：表头为 "target,ports,note" 的 CSV，或每行一个目标；全部接受或全部拒绝',
  ],
  import_first: ['see what it would do', '查看将会如何'],
  import_new: ['a new list', '新列表'],
  import_again: ['replace all entries of a list', '替换列表的所有条目'],
  file: ['the file; "-" is stdin', '文件；"-" 表示标准输入'],
  list_name: ['what tasks show of it; needed for a new list', '任务中显示的名称；新列表必填'],
  owner: ['who knows about it; needed for a new list', '了解它的人；新列表必填'],
  why_list: ['why it is not scanned; needed for a new list', '不扫描的原因；新列表必填'],
  replace: ['replace the entries of this list', '替换此列表的条目'],
  dry_run: ['say what would change, and do nothing', '只说明会有什么变化，不执行'],
  no_file: ['{file} cannot be read: {error}', '无法读取 {file}：{error}'],
  needs_all: ['a new list needs --name, --owner and --reason', '新列表需要 --name、--owner 和 --reason'],
  imported: ['list {exclusion}: {count} entries', '列表 {exclusion}：{count} 个条目'],
  changed: ['{added} added, {gone} gone', '新增 {added} 个，移除 {gone} 个'],
  would_change: [
    '{added} would be added, {gone} would be gone; {tasks} open tasks would lose {addresses} addresses{more}',
    '将新增 {added} 个，移除 {gone} 个；{tasks} 个未完成的任务将失去 {addresses} 个地址{more}',
  ],
  and_more: [', and there are more tasks', '，还有更多任务'],
  lists: ['show the lists that are in force, newest first', '列出生效的列表，最新的在前'],
  all_lists: ['all lists', '所有列表'],
  lists_noun: ['exclusion lists', '排除列表'],
  export: ['write all entries of a list as CSV', '以 CSV 输出列表的所有条目'],
  exported: ['these are all entries of {exclusion}', '以上是 {exclusion} 的所有条目'],
  to_file: ['into a file', '写入文件'],
  drop: ['lift all that a list names; what it cancelled stays cancelled', '解除整个列表；已取消的仍为已取消'],
  dropped: ['list {exclusion} is lifted', '列表 {exclusion} 已解除'],
  scan_again: [
    'scan what a task has lost: cyberstroll task create --from <task_id> --only excluded',
    '扫描任务失去的地址：cyberstroll task create --from <task_id> --only excluded',
  ],
});

export function addCommands(program: CliCommand): void {
  const exclusions = program
    .add('exclusion', t('exclusion'))
    .examples(['exclusion add 10.1.2.3 --reason "a heart monitor"', t('one_address')]);

  exclusions
    .add('add', t('add'))
    .examples(
      ['exclusion add 10.1.2.3 --reason "a heart monitor"', t('one_address')],
      [
        'exclusion add 10.1.0.0/16 --reason moving --start 2099-12-30T20:00:00Z --end 2099-12-31T06:00:00Z',
        t('one_night'),
      ],
      ['exclusion add 10.1.2.3 --ports 9100 --reason "it prints what it receives"', t('one_port')],
      [
        'exclusion add 10.2.0.0/16 --hours "mon-fri 08:00-18:00 Europe/Berlin" --reason "people work"',
        t('office_hours'),
      ],
    )
    .argument('<target>', t('target'))
    .addOption(new Option('--reason <reason>', t('why')).makeOptionMandatory())
    .option('--ports <list>', t('ports'), ports)
    .option('--hours <hours>', t('hours'), scanWindow)
    .option('--start <time>', t('start'), comingTime)
    .option('--end <time>', t('end'), comingTime)
    .run(async ({ output, api: { POST, call } }, { reason, start, end, ports, hours }, target: string) => {
      const body = { target, ports, hours, reason, start, end };
      const added = await call(POST('/api/exclusions', { body }), 'exclusion_id');
      await output.answer(added, ({ exclusion_id: exclusion, target: canonical, state }) =>
        t('added', { exclusion, target: canonical, state: sayCode(state) }),
      );
    });

  exclusions
    .add('list', t('list'))
    .examples(['exclusion list', t('not_ended')])
    .with(addListOptions)
    .addOption(new Option('--state <state>', t('state')).choices(EXCLUSION_STATES))
    .run(({ output, api: { GET, call } }, { state, ...options }) =>
      printPages(output, options, {
        fetch: (page) => call(GET('/api/exclusions', { params: { query: { ...page, state } } }), 'items'),
        table: createTable(COLUMNS),
        noun: t('noun'),
      }),
    );

  exclusions
    .add('get <exclusion_id>', t('get'))
    .examples(['exclusion get 66b2f0c3a1d4e5f607182930', t('which_tasks')])
    .run(async ({ output, api: { GET, call } }, _options, id: string) => {
      const exclusion = await call(GET('/api/exclusions/{exclusion_id}', ofExclusion(id)), 'exclusion_id');
      await output.answer(exclusion, (shown) => toExclusionText(shown, output.toTimeText));
    });

  exclusions
    .add('remove <exclusion_id>', t('remove'))
    .examples(['exclusion remove 66b2f0c3a1d4e5f607182930 --reason "it was replaced"', say('why_in_audit_log')])
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { DELETE, call } }, { reason }, exclusion_id: string) => {
      const params = { path: { exclusion_id }, query: { reason } };
      const lifted = await call(DELETE('/api/exclusions/{exclusion_id}', { params }), 'exclusion_id');
      await output.answer(lifted, (shown) => toExclusionText(shown, output.toTimeText));
      if (lifted.tasks?.length > 0) output.message(t('scan_again'));
    });

  exclusions
    .add('import', t('import'))
    .examples(
      ['exclusion import - --name devices --owner medical --reason "scans stop them" --dry-run', t('import_first')],
      ['exclusion import list.csv --name devices --owner medical --reason "scans stop them"', t('import_new')],
      ['exclusion import list.csv --replace 66b2f0c3a1d4e5f607182930', t('import_again')],
    )
    .argument('<file>', t('file'))
    .option('--name <name>', t('list_name'))
    .option('--owner <owner>', t('owner'))
    .option('--reason <reason>', t('why_list'))
    .option('--replace <exclusion_id>', t('replace'))
    .option('--dry-run', t('dry_run'))
    .run(
      async ({ output, stdin, api: { POST, PUT, call } }, { name, owner, reason, replace, dryRun }, file: string) => {
        const entries = await (file === '-' ? text(stdin) : readFile(file, 'utf8')).catch((error: Error) => {
          throw new CliError('usage', t('no_file', { file, error: error.message }));
        });
        const dry_run = dryRun === true;
        if (replace !== undefined) {
          const body = { name, owner, reason, entries, dry_run };
          const params = { path: { exclusion_id: replace } };
          const change = await call(PUT('/api/exclusion-lists/{exclusion_id}', { params, body }), 'added');
          await output.answer(change, (shown) => toChangeText(shown));
          return;
        }
        if (name === undefined || owner === undefined || reason === undefined)
          throw new CliError('usage', t('needs_all'));
        const sent = await POST('/api/exclusion-lists', { body: { name, owner, reason, entries, dry_run } });
        const answer = await call(Promise.resolve(sent), dry_run ? ('added' as never) : ('exclusion_id' as never));
        await output.answer(answer as AnswerOf<'createExclusionList'>, (shown) =>
          'added' in shown
            ? toChangeText(shown)
            : t('imported', { exclusion: shown.exclusion_id, count: shown.entry_count }),
        );
      },
    );

  exclusions
    .add('lists', t('lists'))
    .examples(['exclusion lists', t('all_lists')])
    .with(addListOptions)
    .run(({ output, api: { GET, call } }, options) =>
      printPages(output, options, {
        fetch: (page) => call(GET('/api/exclusion-lists', { params: { query: page } }), 'items'),
        table: createTable(LIST_COLUMNS),
        noun: t('lists_noun'),
      }),
    );

  exclusions
    .add('export <exclusion_id>', t('export'))
    .examples(['exclusion export 66b2f0c3a1d4e5f607182930 > list.csv', t('to_file')])
    .run(async ({ output, api: { GET, stream } }, _options, exclusion_id: string) => {
      const params = { path: { exclusion_id } };
      const texts = stream((init) => GET('/api/exclusion-lists/{exclusion_id}/entries', { ...init, params }), 'csv');
      for await (const part of texts) await output.write(toPrintableStream('csv', part));
      output.message(t('exported', { exclusion: exclusion_id }));
    });

  exclusions
    .add('drop <exclusion_id>', t('drop'))
    .examples(['exclusion drop 66b2f0c3a1d4e5f607182930 --reason "it was replaced"', say('why_in_audit_log')])
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { DELETE, call } }, { reason }, exclusion_id: string) => {
      const params = { path: { exclusion_id }, query: { reason } };
      const lifted = await call(DELETE('/api/exclusion-lists/{exclusion_id}', { params }), 'exclusion_id');
      await output.answer(lifted, ({ exclusion_id: exclusion }) => t('dropped', { exclusion }));
    });
}

function toChangeText(change: AnswerOf<'replaceExclusionList'>): string {
  const { added, gone, open_tasks: tasks, lost_addresses: addresses = 0, more_tasks } = change;
  if (tasks === undefined) return t('changed', { added, gone });
  return t('would_change', { added, gone, tasks, addresses, more: more_tasks ? t('and_more') : '' });
}

type ApiExclusionList = AnswerOf<'listExclusionLists'>['items'][number];
const LIST_COLUMNS: readonly Column<ApiExclusionList>[] = [
  { title: 'EXCLUSION_ID', value: (list) => list.exclusion_id },
  { title: 'ENTRIES', value: (list) => list.entry_count, align: 'right' },
  { title: 'NAME', value: (list) => list.name, max: 40 },
  { title: 'OWNER', value: (list) => list.owner, max: 30 },
  { title: 'LEVEL', value: ({ level = 'operator' }) => level },
  { title: 'UPDATED', value: (list, toTimeText) => toTimeText(list.updated_time) },
  { title: 'REASON', value: (list) => list.reason, max: 80 },
];

const ofExclusion = (exclusion_id: string) => ({ params: { path: { exclusion_id } } });

const toHoursText = ({ hours }: Pick<ApiExclusion, 'hours'>): string | undefined =>
  hours?.map((window) => toWindowText(window)).join('; ');

const COLUMNS: readonly Column<ApiExclusion>[] = [
  { title: 'EXCLUSION_ID', value: (exclusion) => exclusion.exclusion_id },
  { title: 'STATE', value: (exclusion) => exclusion.state, isState: true },
  { title: 'TARGET', value: (exclusion) => exclusion.target, max: 45 },
  { title: 'PORTS', value: (exclusion) => exclusion.ports, max: 20 },
  { title: 'HOURS', value: (exclusion) => toHoursText(exclusion), max: 40 },
  { title: 'START', value: (exclusion, toTimeText) => toTimeText(exclusion.start) },
  { title: 'END', value: (exclusion, toTimeText) => toTimeText(exclusion.lifted_time ?? exclusion.end) },
  { title: 'OPERATOR', value: (exclusion) => exclusion.operator, max: 30 },
  { title: 'LEVEL', value: ({ level = 'operator' }) => level },
  { title: 'REASON', value: (exclusion) => exclusion.reason, max: 80 },
];

function toExclusionText(exclusion: ApiExclusionDetail, toTimeText: TimeText): string {
  const { tasks: affected = [], ...shown } = exclusion;
  const fields = toFieldLines([
    ['exclusion_id', shown.exclusion_id],
    ['state', sayCode(shown.state)],
    ['target', shown.target],
    ['ports', shown.ports],
    ['hours', toHoursText(shown)],
    ['reason', shown.reason],
    ['operator', shown.operator],
    ['level', shown.level],
    ['created_time', toTimeText(shown.created_time)],
    ['start', toTimeText(shown.start)],
    ['end', toTimeText(shown.end)],
    ['lifted_time', toTimeText(shown.lifted_time)],
    ['lifted_by', shown.lifted_by],
    ['lift_reason', shown.lift_reason],
  ]);
  const tasks = createTable<ApiExclusionDetail['tasks'][number]>([
    { title: 'TASK_ID', value: (task) => task.task_id },
    { title: 'STATUS', value: (task) => task.status, isState: true },
    { title: 'LEFT_OUT', value: (task) => task.left_out, align: 'right' },
    { title: 'CANCELLED', value: (task) => task.cancelled, align: 'right' },
    { title: 'NAME', value: (task) => task.name, max: 40 },
  ]);
  return affected.length > 0 ? `${fields}\n\n${tasks.toText(affected)}` : fields;
}
