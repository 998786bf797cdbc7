import type { OperationId } from './operations';

/** What an operation does for an API key that has networks, as the end of a sentence. */
export const KEY_NETWORK_RULES = {
  task: 'only of tasks whose targets lie wholly in them; any other task is answered like one that does not exist (404).',
  targets: 'only with targets in them: those outside are named (422 `out_of_scope`; a dry run lists them).',
  filtered: 'only what lies in them.',
  refused: 'refused (403 `forbidden`), since it is about all networks.',
} as const;
export type KeyNetworkRule = keyof typeof KEY_NETWORK_RULES;

/** The rule of each operation. The compiler demands one for each: an operation without a decision does not build. */
export const KEY_NETWORK_RULE: Readonly<Record<OperationId, KeyNetworkRule>> = {
  listTasks: 'filtered',
  createTask: 'targets',
  planTask: 'targets',
  cleanUpTasks: 'refused',
  getTask: 'task',
  changeTask: 'task',
  deleteTask: 'task',
  getTaskStatus: 'task',
  getTaskProgress: 'task',
  issueTicket: 'task',
  issueTicketForAll: 'filtered',
  streamTaskEvents: 'task',
  pauseTask: 'task',
  resumeTask: 'task',
  cancelTask: 'task',
  retryTask: 'task',
  getTaskStatistics: 'task',
  getStatistics: 'refused',
  listSubTasks: 'task',
  getSubTask: 'task',
  retrySubTask: 'task',
  listResults: 'filtered',
  listTaskResults: 'task',
  diffTasks: 'task',
  listNodes: 'refused',
  getNode: 'refused',
  listAlerts: 'refused',
  getAlert: 'refused',
  acknowledgeAlert: 'refused',
  resolveAlert: 'refused',
  listDeadLetters: 'refused',
  replayDeadLetters: 'refused',
  discardDeadLetters: 'refused',
  getDeadLetter: 'refused',
  listAudit: 'refused',
  listKeys: 'refused',
  createKey: 'refused',
  getKey: 'refused',
  rotateKey: 'refused',
  revokeKey: 'refused',
};
