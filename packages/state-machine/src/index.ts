export { toDiagram } from './diagram';
export { type SubTaskEvent, subTaskMachine } from './subtask-machine';
export * from './subtask-table';
export { type TaskEvent, taskMachine } from './task-machine';
export * from './task-table';
export { type Arrow, createTransitionTable, type TransitionTable } from './transition-table';
