import type {
  Alert,
  ApiKey,
  AuditEntry,
  DeadLetter,
  Exclusion,
  ExclusionDetail,
  Node,
  operations,
  SubTask,
  Task,
} from '@cyberstroll/client';

export type ApiTask = Task;
export type ApiSubTask = SubTask;
export type ApiNode = Node;
export type ApiAlert = Alert;
export type ApiAuditEntry = AuditEntry;
export type ApiExclusion = Exclusion;
export type ApiExclusionDetail = ExclusionDetail;
export type { ApiKey };
/** The answer that shows a new secret. */
export type NewSecret = AnswerOf<'createKey'>;
/** A limit with its live use. */
export type ApiLimit = AnswerOf<'createLimit'>;
export type ApiHost = AnswerOf<'getHost'>;
export type ApiWebhook = AnswerOf<'listWebhooks'>['items'][number];
export type ApiScanMethod = AnswerOf<'listMethods'>['items'][number];
export type ApiService = AnswerOf<'listServices'>['items'][number];
export type ApiChange = AnswerOf<'listChanges'>['items'][number];
export type ApiFinding = AnswerOf<'listFindings'>['items'][number];
export type ApiResult = AnswerOf<'listResults'>['items'][number];
export type ApiHostDifference = AnswerOf<'diffTasks'>['items'][number];
/** A list leaves `content` out. */
export type ApiDeadLetter = Omit<DeadLetter, 'content'> & Partial<Pick<DeadLetter, 'content'>>;

type JsonOf<Holder> = Holder extends { content: { 'application/json': infer Body } } ? Body : never;
/** What an operation is sent. */
export type BodyOf<Id extends keyof operations> = JsonOf<NonNullable<operations[Id]['requestBody']>>;
/** What an operation answers. */
export type AnswerOf<Id extends keyof operations> = JsonOf<
  operations[Id]['responses'][keyof operations[Id]['responses']]
>;

export type ApiSchedule = AnswerOf<'getSchedule'>;
export type ApiScheduleRun = AnswerOf<'listScheduleRuns'>['items'][number];
export type ApiTaskPlan = AnswerOf<'planTask'>;
export type CreateTaskRequest = BodyOf<'createTask'>;
/** The number of retried subtasks; retries of a whole task may be sent later. */
export type Retried = AnswerOf<'retryTask'> | AnswerOf<'retrySubTask'>;

/** The commands whose answer is the status of the task. */
export const TASK_COMMANDS = ['pause', 'resume', 'cancel'] as const;

/** Why a task or subtask waits; absent if it does not wait. */
export type Waiting = Pick<Task, 'waiting_reason'>;
