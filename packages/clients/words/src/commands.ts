import type { OPERATIONS, OperationId } from '@cyberstroll/contracts';
import type { InBoth } from './define-texts';

/** The operations that change something: the audit log has them. */
type CommandId = {
  [Id in OperationId]: (typeof OPERATIONS)[Id]['method'] extends 'GET' ? never : Id;
}[OperationId];

/** What each command of the API does, as its name in the audit log. */
export const COMMAND_WORDS = {
  login: ['refused login', '登录被拒'],
  createTask: ['create task', '创建任务'],
  planTask: ['plan task', '预览任务'],
  cleanUpTasks: ['delete old tasks', '清理旧任务'],
  changeTask: ['change task', '修改任务'],
  deleteTask: ['delete task', '删除任务'],
  issueTicket: ['issue ticket', '签发票据'],
  issueTicketForAll: ['issue ticket for all tasks', '签发全部任务的票据'],
  pauseTask: ['pause task', '暂停任务'],
  resumeTask: ['resume task', '恢复任务'],
  cancelTask: ['cancel task', '取消任务'],
  retryTask: ['retry task', '重试任务'],
  bulkTasks: ['command many tasks', '批量操作任务'],
  cancelOperation: ['stop bulk command', '停止批量操作'],
  createSchedule: ['create schedule', '创建计划'],
  planSchedule: ['plan schedule', '预览计划'],
  changeSchedule: ['change schedule', '修改计划'],
  deleteSchedule: ['delete schedule', '删除计划'],
  pauseSchedule: ['pause schedule', '暂停计划'],
  resumeSchedule: ['resume schedule', '恢复计划'],
  runSchedule: ['run schedule now', '立即运行计划'],
  retrySubTask: ['retry subtask', '重试子任务'],
  removeNode: ['remove node', '移除节点'],
  createFreeze: ['create freeze or blackout', '冻结或设置禁扫期'],
  liftFreeze: ['lift freeze or blackout', '解除冻结或禁扫期'],
  createLimit: ['create limit', '创建限制'],
  changeLimit: ['change limit', '修改限制'],
  deleteLimit: ['delete limit', '删除限制'],
  acknowledgeAlert: ['acknowledge alert', '确认告警'],
  resolveAlert: ['resolve alert', '解除告警'],
  acknowledgeAlerts: ['acknowledge alerts', '批量确认告警'],
  resolveAlerts: ['resolve alerts', '批量解除告警'],
  createSilence: ['silence alerts', '静默告警'],
  endSilence: ['end silence', '结束静默'],
  createWebhook: ['create webhook', '创建 webhook'],
  deleteWebhook: ['delete webhook', '删除 webhook'],
  replayDeadLetters: ['replay dead letters', '重放死信'],
  discardDeadLetters: ['discard dead letters', '丢弃死信'],
  createExclusion: ['create exclusion', '添加排除规则'],
  liftExclusion: ['lift exclusion', '解除排除规则'],
  createExclusionList: ['create exclusion list', '添加排除列表'],
  replaceExclusionList: ['replace exclusion list', '替换排除列表'],
  deleteExclusionList: ['delete exclusion list', '删除排除列表'],
  createKey: ['create API key', '创建 API 密钥'],
  rotateKey: ['rotate API key', '轮换 API 密钥'],
  revokeKey: ['revoke API key', '吊销 API 密钥'],
  createSession: ['log in', '登录'],
  endSession: ['log out', '退出登录'],
} as const satisfies Record<CommandId | 'login', InBoth>;
