import type { ErrorCode } from '@cyberstroll/contracts';

/** What to do about an error, in Chinese; in English it is `todo` of the table of errors. */
export const CHINESE_REMEDIES: Readonly<Partial<Record<ErrorCode, string>>> = {
  backlog_full: '请在 Retry-After 之后重试；若持续如此，请启动更多 state-updater',
  cross_site_request:
    '请使用本主机的页面或 API 密钥；若在代理之后，请设置 TRUST_PROXY，并让代理转发 Host 与 X-Forwarded-Proto',
  draining: '请重试；负载均衡会转到其他副本',
  forbidden: '请使用具有所示角色的密钥，或不限网段的密钥',
  grid_busy: '请在 Retry-After 之后重试',
  idempotency_key_in_use: '请在 Retry-After 秒后用同一个键重试：将得到第一个请求的答复',
  idempotency_key_reused: '每个新请求请使用新的键',
  key_name_taken: '请换一个名称，或先吊销另一个密钥',
  no_answer_in_time: '请用同一个 Idempotency-Key 重试；然后检查后端服务的状态',
  node_alive: '请先停止该节点，或等到它离线满一分钟',
  operation_not_found: '请列出操作，并使用其中的 ID',
  nothing_to_scan: '去掉 `only` 可重新扫描其全部目标',
  rate_limited: '请等待 Retry-After 秒，并减少请求',
  retry_pending: '请稍后重试',
  task_ended: '请创建新任务',
  task_not_ended: '请先取消任务',
  too_many_connections: '请关闭不用的连接；若该副本已满，请重新连接或启动更多副本',
  too_many_keys: '请吊销无人使用的密钥：见 `last_used_time`',
  unavailable: '请几秒后重新连接',
  version_changed: '请重新读取任务后再决定',
  broker_unavailable: '请确认 RabbitMQ 正在运行且 RABBITMQ_URL 可达',
  internal_error: '请在日志中搜索该请求编号，并报告缺陷',
  mongodb_unavailable: '请确认 MongoDB 正在运行且 MONGODB_URI 可达',
  redis_unavailable: '请确认 Redis 正在运行且 REDIS_URL 可达',
};
