export { toDiagram } from './diagram';
export { BUCKET_OF_STATUS, type ProgressBucket } from './progress-bucket';
export {
  HELD_SUBTASK_STATUSES,
  impliedSubTaskTransitions,
  isClosedSubTask,
  isHeldSubTask,
  OPEN_SUBTASK_STATUSES,
  SUBTASK_STATUSES,
  type SubTaskStatus,
  subTaskMachine,
  subTaskTable,
} from './subtask-machine';
export {
  DISPATCHABLE_TASK_STATUSES,
  ENDED_TASK_STATUSES,
  isEndedTask,
  OPEN_TASK_STATUSES,
  settableTaskStatuses,
  TASK_STATUSES,
  type TaskStatus,
  taskMachine,
  taskTable,
} from './task-machine';
export type { TransitionTable } from './transition-table';
