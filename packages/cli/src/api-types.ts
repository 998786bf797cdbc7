import type { createTaskBodySchema, Node, SubTask, Task } from '@cyberstroll/contracts';
import { z } from 'zod';

/** A document as JSON carries it: times are ISO 8601 text. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

/** Why something unfinished does not go on now; nothing where it does, or has ended. */
export interface Waiting {
  waiting_reason?: { code: string; message: string; until?: string | undefined } | null | undefined;
}

/** A task as the API shows it: the contract's fields for certain, what is ours where the API shows it. */
export type ApiTask = Wire<
  Pick<
    Task,
    'task_id' | 'task_initiator' | 'task_target' | 'task_type' | 'task_category' | 'status' | 'status_history'
  > &
    Pick<Task, 'progress' | 'created_time' | 'config' | 'error_info'> &
    Partial<Task>
> &
  Waiting;
export type ApiSubTask = Wire<Pick<SubTask, 'task_id' | 'subtask_id' | 'ip' | 'status'> & Partial<SubTask>> & Waiting;
export type ApiNode = Wire<Pick<Node, 'node_id' | 'status'> & Partial<Node>>;
export type CreateTaskRequest = z.input<typeof createTaskBodySchema>;

/** A task after a command. `changed` is false where there was nothing to do. */
export type CommandedTask = ApiTask & { changed?: boolean };

/** Those that answer with the task as it is then. */
export const TASK_COMMANDS = ['pause', 'resume', 'cancel'] as const;
export type TaskCommand = (typeof TASK_COMMANDS)[number];

/**
 * What an operator's retry took up: of a whole task perhaps not sent out yet, but certain. `status`: of what is
 * retried.
 */
export interface Retried {
  task_id: string;
  retried: number;
  status?: string;
}

/** As much of each answer as must be there for the rest to make sense; everything else is passed on as it came. */
export const apiTaskSchema = z.looseObject({ task_id: z.string(), status: z.string() });
export const apiSubTaskSchema = z.looseObject({ subtask_id: z.string(), status: z.string() });
export const apiNodeSchema = z.looseObject({ node_id: z.string(), status: z.string() });
export const retriedSchema = z.looseObject({ task_id: z.string(), retried: z.number() });
export const pageSchema = z.looseObject({
  items: z.array(z.looseObject({})),
  next_cursor: z.string().nullish(),
});
