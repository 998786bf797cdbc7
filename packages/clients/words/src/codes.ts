import type {
  ALERT_STATES,
  AlertRule,
  DEAD_LETTER_STATES,
  ErrorCode,
  EXCLUSION_STATES,
  HostChange,
  InventoryChangeKind,
  NODE_STANDINGS,
  PortChange,
  RUN_OUTCOMES,
  SubTask,
  Task,
} from '@cyberstroll/contracts';
import type { InBoth } from './define-texts';

type Listed =
  | typeof NODE_STANDINGS
  | typeof ALERT_STATES
  | typeof DEAD_LETTER_STATES
  | typeof RUN_OUTCOMES
  | typeof EXCLUSION_STATES;
type State = Task['status'] | SubTask['status'] | Listed[number];

/** The states of tasks, subtasks, nodes, alerts and dead letters and exclusions, and the outcomes of runs. */
export const STATES = {
  CREATED: ['created', '已创建'],
  QUEUED: ['queued', '已入队'],
  RUNNING: ['running', '执行中'],
  PAUSED: ['paused', '已暂停'],
  PENDING: ['pending', '等待扫描'],
  ASSIGNED: ['assigned', '已分配'],
  SCANNING: ['scanning', '扫描中'],
  RETRYING: ['retrying', '重试中'],
  COMPLETED: ['completed', '已完成'],
  FAILED: ['failed', '失败'],
  TIMEOUT: ['timed out', '超时'],
  CANCELLED: ['cancelled', '已取消'],
  online: ['online', '在线'],
  busy: ['busy', '繁忙'],
  draining: ['draining', '退出中'],
  offline: ['offline', '离线'],
  silent: ['silent', '无响应'],
  firing: ['firing', '告警中'],
  acknowledged: ['acknowledged', '已确认'],
  resolved: ['resolved', '已解除'],
  waiting: ['waiting', '待处理'],
  replayed: ['replayed', '已重放'],
  discarded: ['discarded', '已丢弃'],
  created: ['created', '已创建'],
  skipped_overlap: ['skipped', '因重叠跳过'],
  missed: ['missed', '已错过'],
  failed: ['failed', '失败'],
  planned: ['planned', '未生效'],
  in_force: ['in force', '生效中'],
  ended: ['ended', '已结束'],
} as const satisfies Record<State, InBoth>;

/** How hosts and ports of two tasks differ, and what changed on hosts of the inventory. */
export const CHANGES = {
  appeared: ['appeared', '新出现'],
  gone: ['gone', '已消失'],
  changed: ['changed', '有变化'],
  opened: ['opened', '新开放'],
  closed: ['closed', '已关闭'],
  service_changed: ['service changed', '服务变化'],
  banner_changed: ['banner changed', 'Banner 变化'],
  not_scanned: ['not scanned', '未扫描'],
  host_appeared: ['new host', '新主机'],
  port_opened: ['port opened', '端口开放'],
  port_closed: ['port closed', '端口关闭'],
  finding_new: ['new finding', '新发现'],
  finding_gone: ['finding gone', '发现已消失'],
  finding_back: ['finding back', '发现再次出现'],
} as const satisfies Record<HostChange | PortChange | InventoryChangeKind, InBoth>;

/** The rules of alerts, as names. */
export const ALERT_RULE_WORDS = {
  task_failure_rate: ['many failed scans', '扫描大量失败'],
  task_overlong: ['task takes too long', '任务耗时过长'],
  node_silent: ['silent node', '节点无响应'],
  queue_backlog: ['queue grows', '队列积压'],
  operation_stalled: ['stalled operation', '批量操作停滞'],
  document_unreadable: ['document unreadable', '存储的内容无法读取'],
  exclusion_ending: ['exclusion ends', '排除规则即将结束'],
  schedule_stopped: ['schedule stopped', '计划已被系统暂停'],
  schedule_late: ['schedule late', '计划没有按时运行'],
  schedule_key_expires: ['key of schedules expires', '计划所用的密钥即将过期'],
  limit_starves: ['limit starves a task', '任务因限制长期得不到名额'],
  fleet_silent: ['silent fleet', '大批节点失联'],
  zombie: ['lost claims', '节点已不再上报的子任务'],
  node_id_shared: ['shared node id', '节点 ID 重复'],
  consistency: ['counters corrected', '计数已纠正'],
  schedule_changed: ['services changed', '服务有变化'],
  dead_letter: ['dead letter', '出现死信'],
} as const satisfies Record<AlertRule, InBoth>;

/** What to do about an error, in Chinese; in English it is `todo` of the table of errors. */
export const CHINESE_REMEDIES: Readonly<Partial<Record<ErrorCode, string>>> = {
  document_unreadable: '用对应的 DELETE 操作删除它，再重新创建',
  backlog_full: '请在 Retry-After 之后重试；若持续如此，请启动更多 state-updater',
  cross_site_request:
    '请使用本主机的页面或 API 密钥；若在代理之后，请设置 TRUST_PROXY，并让代理转发 Host 与 X-Forwarded-Proto',
  draining: '请重试；负载均衡会转到其他副本',
  exports_busy: '请在 Retry-After 之后重试：其他副本可能有空位',
  forbidden: '请使用具有所示角色的密钥，或不限网段的密钥',
  grid_busy: '请在 Retry-After 之后重试',
  idempotency_key_in_use: '请在 Retry-After 秒后用同一个键重试：将得到第一个请求的答复',
  idempotency_key_reused: '每个新请求请使用新的键',
  key_name_taken: '请换一个名称，或先吊销另一个密钥',
  no_answer_in_time: '请用同一个 Idempotency-Key 重试；然后检查后端服务的状态',
  node_alive: '请先停止该节点，或等到它离线满一分钟',
  host_not_found: '请列出主机，并使用其中的地址',
  silence_not_found: '请列出静默，并使用其中的 ID',
  scan_method_not_found: '请列出扫描方式，并使用其中的名称',
  invalid_options: '请改正该字段；`GET /api/methods` 中有其 JSON Schema',
  too_many_methods: '请删除已没有节点使用的扫描方式',
  webhook_not_found: '请列出 webhook，并使用其中的 ID',
  schedule_not_found: '请列出计划，并使用其中的 ID',
  operation_not_found: '请列出操作，并使用其中的 ID',
  nothing_to_scan: '去掉 `only` 可重新扫描其全部目标',
  rate_limited: '请等待 Retry-After 秒，并减少请求',
  retry_pending: '请稍后重试',
  task_ended: '请创建新任务',
  task_not_ended: '请先取消任务',
  too_many_connections: '请关闭不用的连接；若该副本已满，请重新连接或启动更多副本',
  too_many_exports: '等其中一个导出结束，或中止一个',
  rule_of_admin: '请联系错误中指出的管理员，或使用不限网段的密钥',
  too_many_limits: '请移除不再需要的限制',
  too_many_silences: '请结束不再需要的静默，或静默整条规则',
  too_many_webhooks: '请删除不需要的，或让一个接收方接收更多种变化',
  too_many_freezes: '请解除不再需要的冻结或禁扫期，或用一条规则覆盖更多',
  targets_excluded: '请扫描其他目标，或由 operator 解除排除规则',
  too_many_exclusions: '请排除网段而不是单个地址，或解除不再需要的规则',
  too_many_keys: '请吊销无人使用的密钥：见 `last_used_time`',
  unavailable: '请几秒后重新连接',
  version_changed: '请重新读取后再决定',
  broker_unavailable: '请确认 RabbitMQ 正在运行且 RABBITMQ_URL 可达',
  internal_error: '请在日志中搜索该请求编号，并报告缺陷',
  mongodb_unavailable: '请确认 MongoDB 正在运行且 MONGODB_URI 可达',
  redis_unavailable: '请确认 Redis 正在运行且 REDIS_URL 可达',
};
