import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type ErrorThreshold, labelSchema } from '@cyberstroll/contracts';
import { type Command, Option } from 'commander';
import type { CreateTaskRequest } from '../api-types';
import type { CommandContext } from '../command-context';
import { toPrintable } from '../text/printable';
import { errorThreshold, integer, joined, ports, seconds, yesOrNo } from './option-values';
import { watchToEnd } from './task-watch';

/** What is worth a look where the user names no ports. */
const DEFAULT_PORTS =
  '21-23,25,53,80,110,139,143,443,445,993,995,1433,1521,2375,3306,3389,5432,5672,5900,6379,8000,8080,8443,9200,11211,15672,27017';

interface CreateOptions {
  exclude?: string;
  ports: string;
  method?: 'connect' | 'nmap';
  type?: string;
  category?: string;
  initiator?: string;
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
}

export function addCreateTask(task: Command, toContext: (command: Command) => CommandContext): void {
  task
    .command('create')
    .description('create a task and print its id')
    .argument('<targets...>', 'addresses, CIDR (10.0.0.0/24), ranges (10.0.0.1-50); "-" reads them from stdin')
    .option('--exclude <targets>', 'never scanned; may be repeated', joined)
    .option('--ports <list>', 'ports and ranges: 22,80,8000-8010', ports, DEFAULT_PORTS)
    .addOption(new Option('--method <method>', 'how to scan').choices(['connect', 'nmap']))
    .option('--type <name>', 'task_type, in any script')
    .option('--category <name>', 'task_category, in any script')
    .option('--initiator <name>', 'task_initiator; the current user by default')
    .option('--priority <n>', 'share of the fleet, 1 to 10', integer(1, 10))
    .option('--max-retries <n>', 'retries of a failed address', integer(0, 100))
    .option('--retry-delay <seconds>', 'base of the backoff', seconds)
    .option('--max-retry-delay <seconds>', 'cap of the backoff', seconds)
    .option(
      '--retryable <code=yes|no>',
      'whether an error code is retried, against the table; may be repeated',
      yesOrNo,
    )
    .option('--timeout <seconds>', 'how long the task may run; 0 is without end', seconds)
    .option('--subtask-timeout <seconds>', 'how long one address may take', seconds)
    .option('--pool <name>', 'which nodes may scan')
    .addOption(new Option('--order <order>', 'order of the addresses').choices(['permuted', 'sequential']))
    .option(
      '--error-threshold <n>',
      'fail the task once more addresses are FAILED or TIMEOUT: a count, or a share of all such as 10%',
      errorThreshold,
    )
    .option('--idempotency-key <key>', 'a repeated create with the same key makes no second task')
    .option('--watch', 'follow the task to its end')
    .action(async (targets: string[], options: CreateOptions, command: Command) => {
      const context = toContext(command);
      const { output } = context;
      const client = context.connect();
      const { task, created } = await client.createTask(toRequest(await readTargets(targets, context.stdin), options), {
        idempotencyKey: options.idempotencyKey ?? randomUUID(),
      });
      const taskId = toPrintable(task.task_id);
      const size = task.progress ? `, ${task.progress.total_targets} targets` : '';
      if (options.watch) {
        output.message(`task ${taskId} ${created ? 'created' : 'exists already'}${size}`);
        await watchToEnd(client, task.task_id, context);
      } else {
        if (output.json) await output.jsonLine(task);
        else await output.line(taskId);
        output.message(
          `${created ? 'created' : 'exists already'}${size}; follow it with: cyberstroll task watch ${taskId}`,
        );
      }
    });
}

function toRequest(target: string, options: CreateOptions): CreateTaskRequest {
  const config = {
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
  };
  // What is not given stays out of the JSON: its default is the server's.
  return {
    task_target: target,
    exclude_target: options.exclude,
    task_type: options.type,
    task_category: options.category,
    task_initiator: options.initiator ?? getUserName(),
    scan: { ports: options.ports, method: options.method },
    config: Object.values(config).some((value) => value !== undefined) ? config : undefined,
  };
}

async function readTargets(targets: string[], stdin: Readable): Promise<string> {
  const parts = await Promise.all(targets.map((part) => (part === '-' ? text(stdin) : part)));
  return parts.map((part) => part.trim()).join(',');
}

/** The operating system's user, as a name that the API takes. */
function getUserName(): string {
  try {
    return labelSchema.safeParse(userInfo().username).data ?? 'cli';
  } catch {
    return 'cli';
  }
}
