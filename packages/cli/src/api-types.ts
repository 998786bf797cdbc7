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

/** Why a task or subtask waits; absent if it does not wait. */
export interface Waiting {
  waiting_reason?: { code: string; message: string; until?: string | undefined } | null | undefined;
}

/** A task in an answer of the API: the contract's fields are always present, all others only sometimes. */
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

/** A task after a command. `changed` is false if there was nothing to do. */
export type CommandedTask = ApiTask & { changed?: boolean };

/** The commands whose answer is the task. */
export const TASK_COMMANDS = ['pause', 'resume', 'cancel'] as const;
export type TaskCommand = (typeof TASK_COMMANDS)[number];

/**
 * The answer to a retry: the number of retried subtasks (retries of a whole task may be sent later), and the status of
 * the task or subtask.
 */
export interface Retried {
  task_id: string;
  retried: number;
  status?: string;
}

/** The fields that every answer must have. All other fields are passed on unchanged. */
export const apiTaskSchema = z.looseObject({ task_id: z.string(), status: z.string() });
export const apiSubTaskSchema = z.looseObject({ subtask_id: z.string(), status: z.string() });
export const apiNodeSchema = z.looseObject({ node_id: z.string(), status: z.string() });
export const retriedSchema = z.looseObject({ task_id: z.string(), retried: z.number() });
export const pageSchema = z.looseObject({
  items: z.array(z.looseObject({})),
  next_cursor: z.string().nullish(),
});
