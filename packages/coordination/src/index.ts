export { createDatabaseClock } from './database-clock';
export { createExclusionWatch, type ExclusionWatch, type InForce } from './exclusion-watch';
export { createLeadership } from './leadership';
export { createLimitTurns, type LimitTurn, type LimitTurns } from './limit-turns';
export { reportOccurrence } from './report-occurrence';
export { createTaskRound, type TaskRound } from './task-round';
export { createUnsettledWatch, type UnsettledWatch } from './unsettled-watch';
