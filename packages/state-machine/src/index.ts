export { toDiagram } from './diagram';
export { subTaskMachine } from './subtask-machine';
export * from './subtask-table';
export { taskMachine } from './task-machine';
export * from './task-table';
export type { TransitionTable } from './transition-table';
