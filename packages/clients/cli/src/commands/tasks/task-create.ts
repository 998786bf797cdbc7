import { userInfo } from 'node:os';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type ErrorThreshold, labelSchema } from '@cyberstroll/contracts';
import { type Command, Option } from 'commander';
import type { CreateTaskRequest } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { joinTexts, say, verbatim } from '../../language/say';
import { errorThreshold, integer, joined, ports, repeated, seconds, yesOrNo } from '../option-values';
import { printPlan } from './task-plan';
import { watchToEnd } from './task-watch';

/** The ports that are scanned if the user names none. */
const DEFAULT_PORTS =
  '21-23,25,53,80,110,139,143,443,445,993,995,1433,1521,2375,3306,3389,5432,5672,5900,6379,8000,8080,8443,9200,11211,15672,27017';

/** Of `task create` and `target check`. */
export interface CreateOptions {
  exclude?: string;
  ports?: string;
  method?: 'connect' | 'nmap';
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
  errorThreshold?: ErrorThreshold;
  idempotencyKey?: string;
  watch?: boolean;
  from?: string;
  only?: 'failed' | 'open';
  dryRun?: boolean;
}

/** The options that say what a task is. */
export const addTaskOptions = (command: Command): Command =>
  command
    .option('--exclude <targets>', 'addresses to leave out; may be repeated', joined)
    .option('--ports <list>', 'ports and ranges: 22,80,8000-8010; the most usual ones by default', ports)
    .addOption(new Option('--method <method>', 'how to scan').choices(['connect', 'nmap']))
    .option('--type <name>', 'task_type, in any script')
    .option('--category <name>', 'task_category, in any script')
    .option('--initiator <name>', 'task_initiator; the current user by default')
    .option('--name <text>', 'what to call the task, in any script')
    .option('--label <label>', 'a name to find the task by, in any script; may be repeated', repeated)
    .option('--priority <n>', 'priority from 1 to 10: the share of the nodes', integer(1, 10))
    .option('--max-retries <n>', 'retries of a failed address', integer(0, 100))
    .option('--retry-delay <seconds>', 'first retry delay; later delays grow exponentially', seconds)
    .option('--max-retry-delay <seconds>', 'largest retry delay', seconds)
    .option('--retryable <code=yes|no>', 'overrides whether an error code is retried; may be repeated', yesOrNo)
    .option('--timeout <seconds>', 'how long the task may run; 0 means no limit', seconds)
    .option('--subtask-timeout <seconds>', 'how long one address may take', seconds)
    .option('--pool <name>', 'pool of the nodes that scan')
    .addOption(new Option('--order <order>', 'order of the addresses').choices(['permuted', 'sequential']))
    .option(
      '--error-threshold <n>',
      'the task fails if more addresses than this fail: a count, or a share of all addresses such as 10%',
      errorThreshold,
    );

export function addCreateTask(task: Command, toContext: (command: Command) => CommandContext): void {
  addTaskOptions(
    task
      .command('create')
      .description('create a task and print its id')
      .argument('[targets...]', 'addresses, CIDR (10.0.0.0/24), ranges (10.0.0.1-50); "-" reads them from stdin'),
  )
    .option('--from <task_id>', 'scan the targets of this task again; options that are not given are as they are there')
    .addOption(
      new Option('--only <which>', 'with --from: what failed, or what had open ports').choices(['failed', 'open']),
    )
    .option('--dry-run', 'show what would be scanned, and create nothing')
    .option('--idempotency-key <key>', 'a repeat with the same key creates no second task')
    .option('--watch', 'follow the task to its end')
    .addHelpText(
      'before',
      toExamples(
        ['task create 10.0.0.0/24 --ports 22,80 --watch', 'scan a network and follow the progress'],
        [
          'task create 10.0.0.1-50 10.1.0.0/16 --exclude 10.1.2.0/24 --priority 8',
          'several ranges, without one of them',
        ],
        ['task create - --name "night shift" --label nightly < targets.txt', 'targets from a file'],
        ['task create 10.0.0.0/24 --dry-run', 'what would be scanned, and how long it takes'],
        ['task create --from 66b2f0c3a1d4e5f607182930 --only failed', 'scan again what FAILED or timed out'],
      ),
    )
    .action(async (targets: string[], options: CreateOptions, command: Command) => {
      const context = toContext(command);
      const { output } = context;
      if (options.from === undefined ? targets.length === 0 || options.only : false) {
        throw new CliError(
          'usage',
          options.only ? say('--only needs --from') : say('name the targets, or a task with --from'),
        );
      }
      const request = toRequest(await readTargets(targets, context.stdin), options);
      if (options.dryRun) return printPlan(request, context);
      const client = context.connect();
      const header = options.idempotencyKey ? { 'Idempotency-Key': options.idempotencyKey } : {};
      const sent = client.POST('/api/tasks', { body: request, params: { header } });
      const task = await client.call(sent, 'task_id');
      const isCreated = (await sent).response.status === 201;
      const taskId = verbatim(task.task_id);
      const size = task.progress && say(', {count} targets', { count: task.progress.total_targets });
      if (options.watch) {
        const what = isCreated
          ? say('task {task} created', { task: taskId })
          : say('task {task} exists already', { task: taskId });
        output.message(joinTexts(what, size));
        await watchToEnd(client, task.task_id, context);
      } else {
        if (output.json) await output.jsonLine(task);
        else await output.line(taskId);
        const what = isCreated ? say('created') : say('exists already');
        const next = say('; follow it with: cyberstroll task watch {task}', { task: taskId });
        output.message(joinTexts(what, size, next));
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
    error_threshold: options.errorThreshold,
  });
  const request = {
    exclude_target: options.exclude,
    task_type: options.type,
    task_category: options.category,
    task_initiator: options.initiator ?? getUserName(),
    name: options.name,
    labels: options.label,
    ...(config && { config }),
  };
  const { from, only, ports: chosen, method } = options;
  if (from === undefined) {
    return { ...request, task_target: target, scan: { ports: chosen ?? DEFAULT_PORTS, method } };
  }
  const scan = withoutGaps({ ports: chosen, method });
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
