import { userInfo } from 'node:os';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  type ErrorThreshold,
  labelSchema,
  needsPorts,
  ONLY,
  type Only,
  type PerPrefix,
  RUNNING_SCANS,
  type RunningScans,
  type ScanWindow,
} from '@cyberstroll/contracts';
import { Option } from 'commander';
import type { CreateTaskRequest } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, joinTexts, say, verbatim } from '../../language/say';
import {
  errorThreshold,
  integer,
  joined,
  jsonObject,
  perPrefix,
  ports,
  repeated,
  scanWindow,
  seconds,
  startsPerSecond,
  yesOrNo,
} from '../option-values';
import { printPlan } from './task-plan';
import { watchToEnd } from './task-watch';

const t = defineTexts({
  exclude: ['addresses to leave out; may be repeated', '要排除的地址；可重复'],
  ports: [
    'ports, ranges and names: 22,8000-8010,https; top-100; - for all; the most usual ones by default',
    '端口、范围和名称：22,8000-8010,https；top-100；- 表示全部；默认为最常用的端口',
  ],
  method: [
    'how to scan: connect (the default), http, udp, nmap, or another that some node has',
    '扫描方式：connect（默认）、http、udp、nmap，或节点支持的其他方式',
  ],
  options: ['what the method needs to know, as a JSON object', '扫描方式的参数，JSON 对象'],
  metadata: ['your own facts about the task, as a JSON object', '任务的附加信息，JSON 对象'],
  type: ['task_type, in any script', '任务类型（task_type），可用任何文字'],
  category: ['task_category, in any script', '任务类别（task_category），可用任何文字'],
  initiator: ['task_initiator; the current user by default', '任务发起者（task_initiator）；默认为当前用户'],
  name: ['what to call the task, in any script', '任务的名称，可用任何文字'],
  label: ['a name to find the task by, in any script; may be repeated', '用来查找任务的标签，可用任何文字；可重复'],
  priority: ['priority from 1 to 10: the share of the nodes', '优先级，1 到 10：决定分得节点的份额'],
  max_retries: ['retries of a failed address', '失败地址的重试次数'],
  retry_delay: ['first retry delay; later delays grow exponentially', '首次重试延迟；之后按指数增长'],
  max_retry_delay: ['largest retry delay', '最大重试延迟'],
  retryable: ['overrides whether an error code is retried; may be repeated', '指定某个错误码是否重试；可重复'],
  timeout: ['how long the task may run; 0 means no limit', '任务最长执行时间；0 表示不限'],
  subtask_timeout: ['how long one address may take', '单个地址的最长扫描时间'],
  pool: ['pool of the nodes that scan', '执行扫描的节点池'],
  order: ['order of the addresses', '地址的扫描顺序'],
  max_concurrent: ['addresses of the task under scan at once', '任务同时扫描的地址数'],
  max_starts: ['scans of the task that may start per second', '任务每秒可开始的扫描数'],
  per_prefix: [
    'addresses of the task under scan at once in each prefix; 4 means in each /24 and /64, 4/28/56 in others',
    '任务在每个前缀中同时扫描的地址数；4 表示每个 /24 和 /64，4/28/56 表示其他长度',
  ],
  window: [
    'hours in which scans may begin, such as "mon-fri 22:00-06:00 Europe/Berlin"; may be repeated',
    '允许开始扫描的时段，如 "mon-fri 22:00-06:00 Asia/Shanghai"；可重复',
  ],
  at_close: [
    'what the end of a window does to running scans (default: end)',
    '时段结束时如何处理正在执行的扫描（默认 end）',
  ],
  error_threshold: [
    'the task fails if more addresses than this fail: a count, or a share of all addresses such as 10%',
    '失败地址超过此数则任务失败：个数，或占全部地址的比例，如 10%',
  ],
  follows: [
    'what scans the addresses with open ports, on these ports, when the task is COMPLETED: a method, as http; may be repeated: each follows the one before',
    '任务完成后，用此扫描方式（如 http）扫描有开放端口的地址及其开放端口；可重复，依次进行',
  ],
  chain: ['ports, then the web servers on them', '先扫端口，再扫其上的 Web 服务'],
  create: ['create a task and print its id', '创建任务并输出其 ID'],
  targets: [
    'addresses, CIDR (10.0.0.0/24), ranges (10.0.0.1-50); "-" reads them from stdin',
    '地址、CIDR（10.0.0.0/24）、范围（10.0.0.1-50）；"-" 表示从标准输入读取',
  ],
  from: [
    'scan the targets of this task again; options that are not given are as they are there',
    '重新扫描此任务的目标；未给出的选项与原任务相同',
  ],
  only: [
    'with --from: what failed, had open ports, or was lost to exclusions',
    '与 --from 同用：失败的、有开放端口的，或因排除规则失去的',
  ],
  dry_run: ['show what would be scanned, and create nothing', '显示将扫描什么，不创建任务'],
  idempotency_key: ['a repeat with the same key creates no second task', '用同一个键重复时不会创建第二个任务'],
  watch: ['follow the task to its end', '跟踪任务直到结束'],
  several_ranges: ['several ranges, without one of them', '多个范围，并排除其中一个'],
  targets_file: ['targets from a file', '从文件读取目标'],
  would_scanned: ['what would be scanned, and how long it takes', '将扫描什么，需要多久'],
  scan_again: ['scan again what FAILED or timed out', '重新扫描失败或超时的地址'],
  only_needs: ['--only needs --from', '--only 须与 --from 同用'],
  name_targets: ['name the targets, or a task with --from', '请给出目标，或用 --from 指定任务'],
  count_targets: [', {count} targets', '，{count} 个目标'],
  task_created: ['task {task} created', '任务 {task} 已创建'],
  task_exists: ['task {task} exists already', '任务 {task} 已存在'],
  created: ['created', '已创建'],
  exists_already: ['exists already', '已存在'],
  follow_cyberstroll: ['; follow it with: cyberstroll task watch {task}', '；跟踪命令：cyberstroll task watch {task}'],
});

/** The ports that are scanned if the user names none. */
const DEFAULT_PORTS =
  '21-23,25,53,80,110,139,143,443,445,993,995,1433,1521,2375,3306,3389,5432,5672,5900,6379,8000,8080,8443,9200,11211,15672,27017';

/** Of `task create` and `target check`. */
export interface CreateOptions {
  exclude?: string;
  ports?: string;
  method?: string;
  options?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  type?: string;
  category?: string;
  initiator?: string;
  name?: string;
  label?: string[];
  priority?: number;
  maxRetries?: number;
  retryDelay?: number;
  maxRetryDelay?: number;
  retryable?: Record<string, boolean>;
  timeout?: number;
  subtaskTimeout?: number;
  pool?: string;
  order?: 'permuted' | 'sequential';
  maxConcurrent?: number;
  maxStartsPerSecond?: number;
  perPrefix?: PerPrefix;
  errorThreshold?: ErrorThreshold;
  window?: ScanWindow[];
  atClose?: RunningScans;
  then?: string[];
  idempotencyKey?: string;
  watch?: boolean;
  from?: string;
  only?: Only;
  dryRun?: boolean;
}

/** The options that say what a task is. */
export const addTaskOptions = (command: CliCommand): CliCommand =>
  command
    .option('--exclude <targets>', t('exclude'), joined)
    .option('--ports <list>', t('ports'), ports)
    .option('--method <name>', t('method'))
    .option('--options <json>', t('options'), jsonObject)
    .option('--metadata <json>', t('metadata'), jsonObject)
    .option('--type <name>', t('type'))
    .option('--category <name>', t('category'))
    .option('--initiator <name>', t('initiator'))
    .option('--name <text>', t('name'))
    .option('--label <label>', t('label'), repeated)
    .option('--priority <n>', t('priority'), integer(1, 10))
    .option('--max-retries <n>', t('max_retries'), integer(0, 100))
    .option('--retry-delay <seconds>', t('retry_delay'), seconds)
    .option('--max-retry-delay <seconds>', t('max_retry_delay'), seconds)
    .option('--retryable <code=yes|no>', t('retryable'), yesOrNo)
    .option('--timeout <seconds>', t('timeout'), seconds)
    .option('--subtask-timeout <seconds>', t('subtask_timeout'), seconds)
    .option('--pool <name>', t('pool'))
    .addOption(new Option('--order <order>', t('order')).choices(['permuted', 'sequential']))
    .option('--max-concurrent <n>', t('max_concurrent'), integer(1, 1_000_000))
    .option('--max-starts-per-second <n>', t('max_starts'), startsPerSecond)
    .option('--per-prefix <n>', t('per_prefix'), perPrefix)
    .option('--error-threshold <n>', t('error_threshold'), errorThreshold)
    .option('--window <hours>', t('window'), scanWindow)
    .addOption(new Option('--at-close <what>', t('at_close')).choices(RUNNING_SCANS))
    .option('--then <method>', t('follows'), repeated);

export function addCreateTask(task: CliCommand): void {
  task
    .add('create', t('create'))
    .argument('[targets...]', t('targets'))
    .with(addTaskOptions)
    .option('--from <task_id>', t('from'))
    .addOption(new Option('--only <which>', t('only')).choices(ONLY))
    .option('--dry-run', t('dry_run'))
    .option('--idempotency-key <key>', t('idempotency_key'))
    .option('--watch', t('watch'))
    .examples(
      ['task create 10.0.0.0/24 --ports 22,80 --watch', say('scan_network')],
      ['task create 10.0.0.1-50 10.1.0.0/16 --exclude 10.1.2.0/24 --priority 8', t('several_ranges')],
      ['task create - --name "night shift" --label nightly < targets.txt', t('targets_file')],
      ['task create 10.0.0.0/24 --dry-run', t('would_scanned')],
      ['task create --from 66b2f0c3a1d4e5f607182930 --only failed', t('scan_again')],
      ['task create 10.0.0.0/24 --ports top-100 --then http', t('chain')],
    )
    .run(async (context, options: CreateOptions, targets: string[]) => {
      const { output } = context;
      if (options.from === undefined && (targets.length === 0 || options.only)) {
        throw new CliError('usage', options.only ? t('only_needs') : t('name_targets'));
      }
      const request = toRequest(await readTargets(targets, context.stdin), options);
      if (options.dryRun) return printPlan(request, context);
      const client = context.api;
      const header = options.idempotencyKey ? { 'Idempotency-Key': options.idempotencyKey } : {};
      const sent = client.POST('/api/tasks', { body: request, params: { header } });
      const task = await client.call(sent, 'task_id');
      const isCreated = (await sent).response.status === 201;
      const taskId = verbatim(task.task_id);
      const size = task.progress && t('count_targets', { count: task.progress.total_targets });
      if (options.watch) {
        output.message(joinTexts(t(isCreated ? 'task_created' : 'task_exists', { task: taskId }), size));
        await watchToEnd(client, task.task_id, context);
      } else {
        await output.answer(task, () => taskId);
        const next = t('follow_cyberstroll', { task: taskId });
        output.message(joinTexts(t(isCreated ? 'created' : 'exists_already'), size, next));
      }
    });
}

/** What is not given stays out of the JSON, so the server's defaults, or the values of the other task, apply. */
export function toRequest(target: string, options: CreateOptions): CreateTaskRequest {
  const config = withoutGaps({
    max_retries: options.maxRetries,
    retry_delay: options.retryDelay,
    max_retry_delay: options.maxRetryDelay,
    retryable: options.retryable,
    timeout: options.timeout,
    subtask_timeout: options.subtaskTimeout,
    priority: options.priority,
    pool: options.pool,
    order: options.order,
    max_concurrent: options.maxConcurrent,
    max_starts_per_second: options.maxStartsPerSecond,
    per_prefix: options.perPrefix,
    error_threshold: options.errorThreshold,
    windows: options.window,
    at_close: options.atClose,
  });
  const request = {
    exclude_target: options.exclude,
    task_type: options.type,
    task_category: options.category,
    task_initiator: options.initiator ?? getUserName(),
    name: options.name,
    labels: options.label,
    metadata: options.metadata,
    ...(options.then && { on_end: options.then.map((method) => ({ scan: { method } })) }),
    ...(config && { config }),
  };
  const { from, only, ports: chosen, method, options: ofMethod } = options;
  if (from === undefined) {
    const ports = chosen ?? (needsPorts(method ?? 'connect') ? DEFAULT_PORTS : undefined);
    return { ...request, task_target: target, scan: { ports, method, options: ofMethod } };
  }
  const scan = withoutGaps({ ports: chosen, method, options: ofMethod });
  return { ...request, from_task: from, only, ...(target !== '' && { task_target: target }), ...(scan && { scan }) };
}

/** Undefined if nothing is given. */
const withoutGaps = <Fields extends object>(fields: Fields): Fields | undefined =>
  Object.values(fields).some((value) => value !== undefined) ? fields : undefined;

export async function readTargets(targets: string[], stdin: Readable): Promise<string> {
  const parts = await Promise.all(targets.map((part) => (part === '-' ? text(stdin) : part)));
  return parts.map((part) => part.trim()).join(',');
}

/** The user of the operating system, if the API accepts the name. */
function getUserName(): string {
  try {
    return labelSchema.safeParse(userInfo().username).data ?? 'cli';
  } catch {
    return 'cli';
  }
}
