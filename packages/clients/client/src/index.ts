export { type ApiAnswer, ApiError, type DataOf, unwrap } from './api-error';
export { type Client, type ClientOptions, createClient } from './create-client';
export type {
  Alert,
  ApiKey,
  AuditEntry,
  DeadLetter,
  DeadLetterGroup,
  DeadLetterSummary,
  Exclusion,
  ExclusionDetail,
  FleetEvent,
  FleetEvents,
  FleetStatistics,
  Freeze,
  LimitWithUse,
  ListedSchedule,
  Node,
  operations,
  Problem,
  Progress,
  ProgressUpdate,
  paths,
  ScanResult,
  Schedule,
  ScheduleRun,
  Silence,
  SubTask,
  Task,
  TaskStatistics,
  TaskStatusView,
} from './openapi';
export { type PageQuery, paginate } from './paginate';
export type { RetryOptions } from './with-retries';
