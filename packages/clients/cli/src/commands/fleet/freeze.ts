import type { Freeze } from '@cyberstroll/client';
import { RUNNING_SCANS, type RunningScans } from '@cyberstroll/contracts';
import { Option } from 'commander';
import type { ApiClient } from '../../api-client';
import type { ApiTask } from '../../api-types';
import { CliError } from '../../cli-error';
import { followPages } from '../../follow-pages';
import { comingTime } from '../../given-time';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { type Column, createTable } from '../../text/table';
import { addListOptions, printPages } from '../pages';

const t = defineTexts({
  freeze: [
    'stop everything, or what a pool, a label or a network names, now or in a planned period',
    '停止全部扫描，或某个节点池、标签或网段的扫描；可立即生效或按计划时段',
  ],
  create: [
    'let covered tasks begin nothing: at once, or from a time on (a blackout)',
    '使所涉任务不再开始任何扫描：立即（冻结），或从某一时间起（禁扫期）',
  ],
  all: ['every task', '所有任务'],
  pool: ['the tasks of this pool', '此节点池的任务'],
  label: ['the tasks with this label', '带此标签的任务'],
  network: ['the tasks with a target in this network', '有目标在此网段中的任务'],
  reason: ['why; shown wherever a task waits for it', '原因；凡任务因此等待处都会显示'],
  from: [
    'when a blackout begins, such as 22:00; without it, it holds at once',
    '禁扫期开始的时间，如 22:00；不给出则立即生效',
  ],
  running: [
    'what it does to running scans: they end, or are aborted and scanned again later (default: end)',
    '如何处理正在执行的扫描：自行结束，或中止并在之后重新扫描（默认 end）',
  ],
  until: ['when it ends, such as +2h; a blackout must have one', '自动结束的时间，如 +2h；禁扫期必须给出'],
  name_one: ['name one of --all, --pool, --label and --network', '请给出 --all、--pool、--label、--network 之一'],
  two_hours: ['a pool, for two hours', '一个节点池，两小时'],
  stop_all: ['stop everything', '停止一切'],
  planned: ['a blackout of a network', '某网段的禁扫期'],
  created: ['{id} holds {tasks} {tasks|task|tasks}', '{id} 已使 {tasks} 个任务暂缓'],
  list: ['list freezes and blackouts that are not over, newest first', '列出尚未结束的冻结和禁扫期，最新的在前'],
  what_holds: ['what holds now, and what is planned', '正在生效的和已计划的'],
  get: ['show a freeze or a blackout, and the tasks that it holds', '查看冻结或禁扫期，以及它使之暂缓的任务'],
  which_tasks: ['its tasks', '它的任务'],
  holds_none: ['it holds no task', '没有被它暂缓的任务'],
  holds_more: ['it holds more tasks: task list --freeze {id} --all', '还有更多任务：task list --freeze {id} --all'],
  no_freeze: ['there is no freeze {id}', '没有冻结 {id}'],
  noun: ['freezes', '冻结'],
  lift: ['lift a freeze, or remove a blackout; its tasks continue', '解除冻结或移除禁扫期；相关任务继续'],
  lifted: ['{id} lifted: {tasks} {tasks|task continues|tasks continue}', '{id} 已解除：{tasks} 个任务继续'],
  not_sent: ['RabbitMQ is unavailable: nodes learn it when it is back', 'RabbitMQ 不可用：恢复之后节点才会得知'],
  everything: ['everything', '全部'],
});

interface CreateOptions {
  all?: boolean;
  pool?: string;
  label?: string;
  network?: string;
  reason: string;
  from?: string;
  until?: string;
  running?: RunningScans;
}

export function addCommands(program: CliCommand): void {
  const freeze = program
    .add('freeze', t('freeze'))
    .examples(['freeze create --all --reason "the customer reports an outage"', t('stop_all')]);

  freeze
    .add('create', t('create'))
    .examples(
      ['freeze create --all --reason "the customer reports an outage"', t('stop_all')],
      ['freeze create --pool dmz --until +2h --reason maintenance', t('two_hours')],
      [
        'freeze create --network 10.1.0.0/16 --from 2099-12-31T22:00:00Z --until 2100-01-01T04:00:00Z --reason maintenance',
        t('planned'),
      ],
    )
    .option('--all', t('all'))
    .option('--pool <name>', t('pool'))
    .option('--label <label>', t('label'))
    .option('--network <network>', t('network'))
    .requiredOption('--reason <reason>', t('reason'))
    .option('--from <time>', t('from'), comingTime)
    .option('--until <time>', t('until'), comingTime)
    .addOption(new Option('--running <what>', t('running')).choices(RUNNING_SCANS))
    .run(async ({ output, api: { POST, call } }, options: CreateOptions) => {
      const { all, pool, label, network, reason, from, until, running } = options;
      const covers = { ...(all && { all: true as const }), pool, label, network };
      if (Object.values(covers).filter((value) => value !== undefined).length !== 1) {
        throw new CliError('usage', t('name_one'));
      }
      const made = await call(POST('/api/freezes', { body: { covers, reason, from, until, running } }), 'freeze_id');
      await output.answer(made, ({ freeze_id, tasks }) => t('created', { id: freeze_id, tasks }));
      if (made.sent_to_nodes === false) output.message(t('not_sent'));
    });

  freeze
    .add('list', t('list'))
    .examples(['freeze list', t('what_holds')])
    .with(addListOptions)
    .run(({ output, api: { GET, call } }, options) =>
      printPages(output, options, {
        fetch: (page) => call(GET('/api/freezes', { params: { query: page } }), 'items'),
        table: createTable(COLUMNS),
        noun: t('noun'),
      }),
    );

  freeze
    .add('get <freeze_id>', t('get'))
    .examples(['freeze get 66b2f0c3a1d4e5f607182930', t('which_tasks')])
    .run(async (context, _options, freeze_id: string) => {
      const { output } = context;
      const { GET, call } = context.api;
      const found = await findFreeze(context.api, freeze_id);
      const query = { freeze_id, limit: SHOWN_TASKS };
      const { items: tasks, next_cursor } = await call(GET('/api/tasks', { params: { query } }), 'items');
      await output.answer({ ...found, tasks, next_cursor }, () => {
        const shown = createTable(COLUMNS).toText([found], output);
        return tasks.length === 0 ? shown : `${shown}\n\n${createTable(TASK_COLUMNS).toText(tasks, output)}`;
      });
      if (tasks.length === 0) output.message(t('holds_none'));
      if (next_cursor) output.message(t('holds_more', { id: freeze_id }));
    });

  freeze
    .add('lift <freeze_id>', t('lift'))
    .examples(['freeze lift 66b2f0c3a1d4e5f607182930 --reason "the network is back"', say('why_in_audit_log')])
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { DELETE, call } }, { reason }, freeze_id: string) => {
      const params = { path: { freeze_id }, query: { reason } };
      const lifted = await call(DELETE('/api/freezes/{freeze_id}', { params }), 'freeze_id');
      await output.answer(lifted, ({ tasks }) => t('lifted', { id: freeze_id, tasks }));
    });
}

/** Tasks that `freeze get` shows at most. */
const SHOWN_TASKS = 100;

/** The API lists them all: there are few. */
async function findFreeze({ GET, call }: ApiClient, freeze_id: string): Promise<Freeze> {
  const fetch = (query: { limit: number; cursor?: string }) =>
    call(GET('/api/freezes', { params: { query } }), 'items');
  for await (const { items } of followPages(fetch, { limit: 0, all: true })) {
    const found = items.find((freeze) => freeze.freeze_id === freeze_id);
    if (found) return found;
  }
  throw new CliError('notFound', t('no_freeze', { id: freeze_id }));
}

/** What a rule covers, in a few words. */
const toCoversText = ({ all, pool, label, network }: Freeze['covers']): string =>
  all ? t('everything') : (pool ?? label ?? network ?? '');

const COLUMNS: readonly Column<Freeze>[] = [
  { title: 'FREEZE_ID', value: ({ freeze_id }) => freeze_id },
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'COVERS', value: ({ covers }) => toCoversText(covers), max: 40 },
  { title: 'FROM', value: ({ from }, toTimeText) => toTimeText(from) },
  { title: 'UNTIL', value: ({ until }, toTimeText) => toTimeText(until) },
  { title: 'RUNNING', value: ({ running = 'end' }) => running },
  { title: 'OPERATOR', value: ({ operator }) => operator, max: 30 },
  { title: 'LEVEL', value: ({ level = 'operator' }) => level },
  { title: 'REASON', value: ({ reason }) => reason, max: 60 },
];

const TASK_COLUMNS: readonly Column<ApiTask>[] = [
  { title: 'TASK_ID', value: (task) => task.task_id },
  { title: 'STATUS', value: (task) => task.status, isState: true },
  { title: 'PROGRESS', value: (task) => `${task.progress?.progress_percentage ?? '?'}%`, align: 'right' },
  { title: 'NAME', value: (task) => task.name, max: 40 },
];
