/** The words of statuses, states and verdicts, which stand beside the codes. */
export const CODES: Readonly<Record<string, string>> = {
  // Tasks
  CREATED: '已创建',
  QUEUED: '已入队',
  RUNNING: '执行中',
  PAUSED: '已暂停',
  COMPLETED: '已完成',
  FAILED: '失败',
  CANCELLED: '已取消',
  TIMEOUT: '超时',
  // Subtasks
  PENDING: '等待扫描',
  ASSIGNED: '已分配',
  SCANNING: '扫描中',
  RETRYING: '重试中',
  // Nodes
  online: '在线',
  busy: '繁忙',
  draining: '退出中',
  offline: '离线',
  silent: '无响应',
  // Alerts
  firing: '触发',
  acknowledged: '已确认',
  resolved: '已解除',
  // Dead letters
  waiting: '待处理',
  replayed: '已重放',
  discarded: '已丢弃',
  // Differences
  appeared: '新出现',
  gone: '已消失',
  changed: '有变化',
  not_scanned: '未扫描',
  opened: '新开放',
  closed: '已关闭',
  service_changed: '服务变化',
  banner_changed: '横幅变化',
  // Verdicts
  ok: '通过',
  warn: '警告',
  fail: '失败',
  skipped: '跳过',
};
