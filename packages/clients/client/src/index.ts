export type { Middleware } from 'openapi-fetch';
export { type ApiAnswer, ApiError, type DataOf, unwrap } from './api-error';
export { type Client, type ClientOptions, createClient, IDEMPOTENCY_KEY } from './create-client';
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
  NodeCounts,
  NodeCountsAnswer,
  operations,
  Problem,
  Progress,
  ProgressUpdate,
  paths,
  ResultFacets,
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
