import { text } from 'node:stream/consumers';
import { OVERLAPS, RUN_OUTCOMES } from '@cyberstroll/contracts';
import { Option } from 'commander';
import type { ApiSchedule, ApiScheduleRun, BodyOf, CreateTaskRequest } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { addYes, confirm } from '../../confirm';
import { comingTime } from '../../given-time';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say, verbatim } from '../../language/say';
import { type Column, createTable, type Field, toFieldLines, toFields } from '../../text/table';
import { toTemplateText } from '../../text/task-text';
import type { TimeText } from '../../text/time-text';
import { integer, ports } from '../option-values';
import { addListOptions, printPages } from '../pages';
import { addTaskOptions, type CreateOptions, readTargets, toRequest } from './task-create';
import { addDiffOptions, type DiffOptions, printDiff } from './task-diff';
import { readPlan, toPlanText } from './task-plan';

const t = defineTexts({
  noun: ['schedules', '计划'],
  runs_noun: ['runs', '运行'],
  schedule: ['create tasks again and again', '按计划反复创建任务'],
  each_night: ['each night at 2:30 in Berlin', '每晚柏林时间 2:30'],
  create: [
    'create a schedule; it creates exactly one task for each planned time',
    '创建计划；每个计划时间恰好创建一个任务',
  ],
  each_six_hours: ['every six hours, at most 15 minutes later', '每六小时一次，最多推迟 15 分钟'],
  when_before: ['when it would run, before it is saved', '保存之前先看何时运行'],
  name: ['what to call the schedule, in any script', '计划的名称，可用任何文字'],
  targets: [
    'addresses, CIDR (10.0.0.0/24), ranges (10.0.0.1-50); "-" reads them from stdin',
    '地址、CIDR（10.0.0.0/24）、范围（10.0.0.1-50）；"-" 表示从标准输入读取',
  ],
  cron: [
    'five fields: minute, hour, day of month, month, day of week; or a name such as @daily',
    '五个字段：分、时、日、月、星期；或如 @daily 的名称',
  ],
  every: ['seconds from one planned time to the next, instead of --cron', '两个计划时间相隔的秒数，代替 --cron'],
  time_zone: [
    'the time zone of --cron, such as Europe/Berlin; UTC by default',
    '--cron 的时区，如 Europe/Berlin；默认 UTC',
  ],
  start: ['no planned time lies before it; such as +1d or 2099-12-31', '此时间之前没有计划时间；如 +1d 或 2099-12-31'],
  end: ['every planned time lies before it', '所有计划时间都早于此时间'],
  jitter: [
    'all runs begin late by the same time, at most this; 60 by default',
    '所有运行都推迟相同的时间，最多这么多秒；默认 60',
  ],
  overlap: ['what happens while a task of the schedule is open', '计划的任务尚未结束时怎么办'],
  catch_up: ['a run that is later than this is missed', '迟于此秒数的运行算作错过'],
  pause_after: ['this number of failed runs in a row pauses the schedule', '连续失败这么多次则暂停计划'],
  dry_run: [
    'show what a task of it would be now, and the next planned times; create nothing',
    '显示现在按此创建的任务会怎样，以及接下来的计划时间；不创建计划',
  ],
  idempotency_key: ['a repeat with the same key creates no second schedule', '用同一个键重复时不会创建第二个计划'],
  list: ['list schedules, newest first', '列出计划，最新的在前'],
  all_of_them: ['with the next planned time of each', '包括各自的下一个计划时间'],
  get: ['show a schedule, and when it runs next', '查看计划及其接下来的时间'],
  show: ['all that it has', '计划的全部内容'],
  update: ['change a schedule; what is not given stays', '更改计划；未给出的保持不变'],
  each_hour: ['each hour from now on', '从现在起每小时一次'],
  new_name: ['a new name', '新名称'],
  template: ['read the template of its tasks from stdin, as JSON', '从标准输入读取任务模板（JSON）'],
  clear: ['remove these', '移除这些项'],
  not_json: ['stdin is not JSON: {error}', '标准输入不是 JSON：{error}'],
  give_times: ['give --cron or --every', '请用 --cron 或 --every 给出时间'],
  pause: ['pause a schedule: it creates no tasks until it is resumed', '暂停计划：恢复之前不创建任务'],
  resume: ['resume a schedule; what was planned meanwhile is not caught up', '恢复计划；暂停期间的不会补上'],
  delete: ['delete a schedule with its history; its tasks stay', '删除计划及其历史；任务保留'],
  delete_schedule: ['Delete schedule {id} with its history?', '删除计划 {id} 及其历史？'],
  deleted: ['schedule {id} deleted', '计划 {id} 已删除'],
  run: ['run a schedule now, beside its planned times', '立即运行一次，不影响计划时间'],
  run_stored: ['run {time} stored: its task is created soon', '运行 {time} 已记录：很快会创建任务'],
  runs: ['list the runs of a schedule, newest first', '列出计划的运行，最新的在前'],
  what_became: ['what became of its planned times', '各计划时间的结果'],
  outcome: ['only runs with this outcome', '只列出此结果的运行'],
  diff: ['what changed from the last complete run but one to the last', '最近两次完成的运行之间有什么变化'],
  since_last: ['what is new since the run before?', '与上一次运行相比有什么新变化？'],
  no_two: ['the schedule has no two complete runs yet', '该计划还没有两次完成的运行'],
  alert_changes: [
    'as many changes from run to run raise an alert; 1 with --alert-ports',
    '两次运行之间有这么多变化则告警；给出 --alert-ports 时为 1',
  ],
  alert_ports: ['only changes of these ports count', '只计入这些端口的变化'],
  next: ['list the next planned times of a schedule', '列出计划接下来的时间'],
  next_ten: ['the next ten', '接下来的十个'],
  no_more: ['no planned time is left', '没有剩余的计划时间'],
  changed: ['schedule {id}: {name}, {state}', '计划 {id}：{name}，{state}'],
  active: ['active', '有效'],
  paused: ['paused', '已暂停'],
  created: ['schedule {id} created', '计划 {id} 已创建'],
});

const ID = '66b2f0c3a1d4e5f607182930';
const CLEARABLE = ['start', 'end', 'pause_after_failures', 'alert'] as const;

export function addCommands(program: CliCommand): void {
  const schedules = program
    .add('schedule', t('schedule'))
    .examples(['schedule create nightly 10.0.0.0/24 --cron "30 2 * * *" --time-zone Europe/Berlin', t('each_night')]);

  schedules
    .add('create', t('create'))
    .argument('<schedule_name>', t('name'))
    .argument('<targets...>', t('targets'))
    .with(addTimeOptions)
    .with(addTaskOptions)
    .option('--dry-run', t('dry_run'))
    .option('--idempotency-key <key>', t('idempotency_key'))
    .examples(
      ['schedule create nightly 10.0.0.0/24 --cron "30 2 * * *" --time-zone Europe/Berlin', t('each_night')],
      ['schedule create dmz 10.1.0.0/28 --every 21600 --jitter 900 --ports 443', t('each_six_hours')],
      ['schedule create nightly 10.0.0.0/24 --cron "30 2 * * *" --dry-run', t('when_before')],
    )
    .run(async (context, options: TimeOptions & CreateOptions, name: string, targets: string[]) => {
      const { output, api } = context;
      if (options.cron === undefined && options.every === undefined) throw new CliError('usage', t('give_times'));
      const template = toRequest(await readTargets(targets, context.stdin), options) as Template;
      const body = { name, template, ...toTimes(options) };
      if (options.dryRun) {
        const task = await readPlan(template as CreateTaskRequest, context);
        const plan = await api.call(api.POST('/api/schedules/dry-run', { body }), 'next_times');
        return output.answer({ ...plan, task }, ({ next_times }) =>
          [toPlanText(task, output.toTimeText), toTimesText(next_times, output.toTimeText)].join('\n\n'),
        );
      }
      const header = options.idempotencyKey ? { 'Idempotency-Key': options.idempotencyKey } : {};
      const schedule = await api.call(api.POST('/api/schedules', { body, params: { header } }), 'schedule_id');
      const id = verbatim(schedule.schedule_id);
      await output.answer(schedule, () => id);
      output.message(t('created', { id }));
    });

  schedules
    .add('list', t('list'))
    .with(addListOptions)
    .examples(['schedule list', t('all_of_them')])
    .run(({ output, api: { GET, call } }, options) =>
      printPages(output, options as never, {
        fetch: (page) => call(GET('/api/schedules', { params: { query: page } }), 'items'),
        table: createTable(COLUMNS),
        noun: t('noun'),
      }),
    );

  schedules
    .add('get <schedule_id>', t('get'))
    .examples([`schedule get ${ID}`, t('show')])
    .run(async ({ output, api: { GET, call } }, _options, id: string) => {
      const schedule = await call(GET('/api/schedules/{schedule_id}', of(id)), 'schedule_id');
      await output.answer(schedule, (shown) => toScheduleText(shown, output.toTimeText));
    });

  schedules
    .add('update <schedule_id>', t('update'))
    .with(addTimeOptions)
    .option('--name <text>', t('new_name'))
    .option('--template', t('template'))
    .addOption(new Option('--clear <fields...>', t('clear')).choices(CLEARABLE))
    .option('--reason <reason>', say('stored_in_audit_log'))
    .examples([`schedule update ${ID} --cron "0 * * * *"`, t('each_hour')])
    .run(async (context, { name, template, clear = [], reason, ...options }, id: string) => {
      const given = template ? { template: await readTemplate(context) } : {};
      const removed = Object.fromEntries(clear.map((field: string) => [field, null]));
      const body = { name, reason, ...given, ...toTimes(options), ...removed };
      const { PATCH, call } = context.api;
      await printChanged(
        context,
        await call(PATCH('/api/schedules/{schedule_id}', { ...of(id), body }), 'schedule_id'),
      );
    });

  for (const command of ['pause', 'resume'] as const) {
    schedules
      .add(`${command} <schedule_id>`, t(command))
      .option('--reason <reason>', say('stored_in_audit_log'))
      .examples([`schedule ${command} ${ID} --reason "maintenance"`, say('why_in_audit_log')])
      .run(async (context, { reason }, id: string) => {
        const { POST, call } = context.api;
        const sent = POST(`/api/schedules/{schedule_id}/${command}`, { ...of(id), body: { reason } });
        await printChanged(context, await call(sent, 'schedule_id'));
      });
  }

  schedules
    .add('run <schedule_id>', t('run'))
    .option('--reason <reason>', say('stored_in_audit_log'))
    .examples([`schedule run ${ID} --reason "after the change"`, say('why_in_audit_log')])
    .run(async ({ output, api: { POST, call } }, { reason }, id: string) => {
      const sent = POST('/api/schedules/{schedule_id}/run', { ...of(id), body: { reason } });
      await output.answer(await call(sent, 'planned_time'), ({ planned_time }) =>
        t('run_stored', { time: output.toTimeText(planned_time) ?? planned_time }),
      );
    });

  schedules
    .add('delete <schedule_id>', t('delete'))
    .option('--reason <reason>', say('stored_in_audit_log'))
    .with(addYes)
    .examples([`schedule delete ${ID} --yes --reason "not needed any more"`, say('why_in_audit_log')])
    .run(async (context, { reason, yes }, id: string) => {
      await confirm(t('delete_schedule', { id }), { yes }, context);
      const { DELETE, call } = context.api;
      const { output } = context;
      const params = { path: { schedule_id: id }, query: { reason } };
      await output.answer(await call(DELETE('/api/schedules/{schedule_id}', { params }), 'schedule_id'), () =>
        t('deleted', { id }),
      );
    });

  schedules
    .add('runs <schedule_id>', t('runs'))
    .with(addListOptions)
    .addOption(new Option('--outcome <outcome>', t('outcome')).choices(RUN_OUTCOMES))
    .examples([`schedule runs ${ID}`, t('what_became')])
    .run(({ output, api: { GET, call } }, { outcome, ...options }, schedule_id: string) =>
      printPages(output, options as never, {
        fetch: ({ limit, cursor }) => {
          const query = { limit, outcome, ...(cursor !== undefined && { cursor: Number(cursor) }) };
          return call(GET('/api/schedules/{schedule_id}/runs', { params: { path: { schedule_id }, query } }), 'items');
        },
        table: createTable(RUN_COLUMNS),
        noun: t('runs_noun'),
      }),
    );

  schedules
    .add('diff <schedule_id>', t('diff'))
    .with(addDiffOptions)
    .examples([`schedule diff ${ID}`, t('since_last')])
    .run(async (context, options, id: string) => {
      const [after, before] = await findComplete(context, id);
      if (!after || !before) return context.output.answer({ items: [] }, () => t('no_two'));
      await printDiff(context, options as DiffOptions, before, after);
    });

  schedules
    .add('next <schedule_id>', t('next'))
    .examples([`schedule next ${ID}`, t('next_ten')])
    .run(async ({ output, api: { GET, call } }, _options, id: string) => {
      const { next_times } = await call(GET('/api/schedules/{schedule_id}', of(id)), 'next_times');
      await output.answer({ next_times }, () => toTimesText(next_times, output.toTimeText));
    });
}

type Template = BodyOf<'createSchedule'>['template'];

interface TimeOptions {
  cron?: string;
  every?: number;
  timeZone?: string;
  start?: string;
  end?: string;
  jitter?: number;
  overlap?: (typeof OVERLAPS)[number];
  catchUp?: number;
  pauseAfterFailures?: number;
  alertChanges?: number;
  alertPorts?: string;
}

const addTimeOptions = (command: CliCommand): CliCommand =>
  command
    .option('--cron <line>', t('cron'))
    .option('--every <seconds>', t('every'), integer(60, 31_536_000))
    .option('--time-zone <zone>', t('time_zone'))
    .option('--start <time>', t('start'), comingTime)
    .option('--end <time>', t('end'), comingTime)
    .option('--jitter <seconds>', t('jitter'), integer(0, 86_400))
    .addOption(new Option('--overlap <what>', t('overlap')).choices(OVERLAPS))
    .option('--catch-up <seconds>', t('catch_up'), integer(60, 2_592_000))
    .option('--pause-after-failures <n>', t('pause_after'), integer(1, 100))
    .option('--alert-changes <n>', t('alert_changes'), integer(1, 1_000_000))
    .option('--alert-ports <list>', t('alert_ports'), ports);

function toTimes({ timeZone, catchUp, pauseAfterFailures, alertChanges, alertPorts, ...options }: TimeOptions) {
  const { cron, every, start, end, jitter, overlap } = options;
  const hasAlert = alertChanges !== undefined || alertPorts !== undefined;
  return {
    cron,
    every,
    time_zone: timeZone,
    start,
    end,
    jitter,
    overlap,
    catch_up: catchUp,
    pause_after_failures: pauseAfterFailures,
    ...(hasAlert && { alert: { threshold: alertChanges, ports: alertPorts } }),
  };
}

/** The tasks of the last two complete runs, the newest first. */
async function findComplete({ api: { GET, call } }: CommandContext, schedule_id: string): Promise<string[]> {
  const found: string[] = [];
  let cursor: number | undefined;
  do {
    const query = { outcome: ['created' as const], limit: 100, cursor };
    const sent = GET('/api/schedules/{schedule_id}/runs', { params: { path: { schedule_id }, query } });
    const page = await call(sent, 'items');
    found.push(...page.items.flatMap(({ task_id, task_status }) => (task_status === 'COMPLETED' && task_id) || []));
    cursor = page.next_cursor === undefined ? undefined : Number(page.next_cursor);
  } while (found.length < 2 && cursor !== undefined);
  return found.slice(0, 2);
}

const of = (schedule_id: string) => ({ params: { path: { schedule_id } } });

async function readTemplate({ stdin }: CommandContext): Promise<Template> {
  try {
    return JSON.parse(await text(stdin)) as Template;
  } catch (error) {
    throw new CliError('usage', t('not_json', { error: (error as Error).message }));
  }
}

const printChanged = ({ output }: CommandContext, schedule: ApiSchedule): Promise<void> =>
  output.answer(schedule, ({ schedule_id: id, name, paused }) =>
    t('changed', { id, name, state: t(paused ? 'paused' : 'active') }),
  );

const toTimesText = (times: readonly string[], toTimeText: TimeText) =>
  times.length === 0 ? t('no_more') : createTable(TIME_COLUMNS).toText(times, { color: false, toTimeText });

const NAMES = ['schedule_id', 'name', 'cron', 'every', 'time_zone', 'jitter', 'overlap', 'catch_up'] as const;

const toScheduleText = (schedule: ApiSchedule, toTimeText: TimeText): string =>
  [toFieldLines(toScheduleFields(schedule, toTimeText)), toTemplateText(schedule.template as Template)].join('\n\n');

const toScheduleFields = (schedule: ApiSchedule, toTimeText: TimeText): Field[] => [
  ...toFields(schedule, ...NAMES),
  ['start', toTimeText(schedule.start)],
  ['end', toTimeText(schedule.end)],
  ['state', t(schedule.paused ? 'paused' : 'active')],
  ...toFields(schedule, 'paused_by', 'pause_reason', 'operator'),
  ...schedule.next_times.map((time): Field => ['next_time', toTimeText(time)]),
];

const COLUMNS: readonly Column<Omit<ApiSchedule, 'next_times'>>[] = [
  { title: 'SCHEDULE_ID', value: ({ schedule_id }) => schedule_id },
  { title: 'NAME', value: ({ name }) => name, max: 30 },
  { title: 'TIMES', value: ({ cron, every }) => cron ?? `${every} s` },
  { title: 'TIME_ZONE', value: ({ time_zone }) => time_zone },
  { title: 'OVERLAP', value: ({ overlap }) => overlap },
  {
    title: 'PAUSED',
    value: ({ paused, pause_reason }) => (paused ? (pause_reason ?? t('paused')) : undefined),
    max: 40,
  },
  { title: 'NEXT_TIME', value: ({ next_time }, toTimeText) => toTimeText(next_time) },
];

const TIME_COLUMNS: readonly Column<string>[] = [
  { title: 'PLANNED_TIME', value: (time, toTimeText) => toTimeText(time) },
];

const RUN_COLUMNS: readonly Column<ApiScheduleRun>[] = [
  { title: 'PLANNED_TIME', value: ({ planned_time }, toTimeText) => toTimeText(planned_time) },
  { title: 'OUTCOME', value: ({ outcome }) => outcome, isState: true },
  { title: 'TASK_ID', value: ({ task_id }) => task_id },
  { title: 'STATUS', value: ({ task_status }) => task_status, isState: true },
  { title: 'OPENED', value: ({ changes }) => changes?.opened, align: 'right' },
  { title: 'CLOSED', value: ({ changes }) => changes?.closed, align: 'right' },
  { title: 'CHANGED', value: ({ changes }) => changes?.changed, align: 'right' },
  { title: 'MISSED_UNTIL', value: ({ missed_until }, toTimeText) => toTimeText(missed_until) },
  { title: 'ERROR', value: ({ error }) => error?.detail, max: 80 },
];
