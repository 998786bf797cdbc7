/** What commands print: messages and errors. */
export const TEXTS = {
  // Counts
  pending: '等待中',
  assigned: '已分配',
  scanning: '扫描中',
  retrying: '重试中',
  completed: '完成',
  failed: '失败',
  'timed out': '超时',
  cancelled: '取消',
  none: '无',

  // Lists
  'dead letters': '死信',
  results: '结果',
  alerts: '告警',
  entries: '记录',
  differences: '差异',
  keys: 'API 密钥',
  'no {noun}': '没有{noun}',
  'there are more {noun}: --all, or --cursor {cursor}': '还有更多{noun}：用 --all，或 --cursor {cursor}',

  // Tasks
  'task {task} created': '任务 {task} 已创建',
  'task {task} exists already': '任务 {task} 已存在',
  created: '已创建',
  'exists already': '已存在',
  ', {count} targets': '，{count} 个目标',
  '; follow it with: cyberstroll task watch {task}': '；跟踪命令：cyberstroll task watch {task}',
  'task {task} is {status} already': '任务 {task} 的状态已是 {status}',
  'task {task} {status}': '任务 {task} {status}',
  ' after {duration}': '，用时 {duration}',
  ': {count} targets, {counts}': '：{count} 个目标，{counts}',
  'task {task} ended as {status}': '任务 {task} 以 {status} 结束',
  '{failed} of {total} addresses failed': '{total} 个地址中有 {failed} 个失败',
  ', most often {code} ({count} attempt)': '，最常见的是 {code}（{count} 次尝试）',
  ', most often {code} ({count} attempts)': '，最常见的是 {code}（{count} 次尝试）',
  '{percent}% of {count}: {counts}': '{count} 个中的 {percent}%：{counts}',
  'ports {ports} by {method}': '端口 {ports}，方式 {method}',
  '{text}… ({count} characters)': '{text}…（共 {count} 个字符）',
  '{count} of {max}': '最多 {max} 次，已 {count} 次',
  '{id}  retried {count}': '{id}  已重试 {count}',
  '{id}  would retry {count}': '{id}  将重试 {count}',
  '{id} has nothing to retry': '{id} 没有可重试的',
  '{id} has nothing to retry: it is {status}': '{id} 没有可重试的：状态是 {status}',
  'tasks that would be deleted: {count}': '将被删除的任务：{count}',
  'tasks being deleted: {count}': '正在删除的任务：{count}',
  'more have expired: run it again': '还有更多已过期：请再次运行',

  // API keys
  'key {key} created: {name}, {role}; its secret is shown only now':
    '密钥 {key} 已创建：{name}，{role}；密文只在此时显示',
  'key {key} rotated: {name}, {role}; its secret is shown only now':
    '密钥 {key} 已轮换：{name}，{role}；密文只在此时显示',
  'key {key} revoked: {name}': '密钥 {key} 已吊销：{name}',

  // Changes
  'choose tasks by a filter, or --all': '请用筛选条件选择任务，或使用 --all',
  'name the --priority': '请给出 --priority',
  'Delete all tasks that match, with their results?': '删除所有符合条件的任务及其结果？',
  '{count} tasks match': '{count} 个任务符合条件',
  '{count} or more tasks match': '至少 {count} 个任务符合条件',
  'operation {id} continues without this command': '操作 {id} 会继续执行',
  '{matched} matched, {done} done, {unchanged} unchanged, {failed} failed':
    '符合条件 {matched}，已完成 {done}，无需更改 {unchanged}，失败 {failed}',
  'failed {id}: {detail}': '失败 {id}：{detail}',
  'more tasks match: run it again': '还有任务符合条件：请再次运行',
  '{failed} tasks refused': '{failed} 个任务拒绝了命令',
  'name labels by --add or --remove': '请用 --add 或 --remove 给出标签',
  'Delete task {task} with all its results?': '删除任务 {task} 及其全部结果？',
  'not confirmed: nothing was changed': '未确认：没有做任何更改',
  '{id}  being deleted': '{id}  正在删除',
  'priority {priority}': '优先级 {priority}',

  // Plans and differences
  'this task would not be created': '不会创建这个任务',
  '--only needs --from': '--only 须与 --from 同用',
  'name the targets, or a task with --from': '请给出目标，或用 --from 指定任务',
  '{duration} with all slots of the pool': '{duration}（用尽节点池的所有并发槽）',
  unknown: '未知',
  no: '否',
  '{task}, only {only}': '{task}，只限 {only}',
  'the tasks are different': '两个任务的结果不同',
  'hosts: {hosts}; ports: {ports}': '主机：{hosts}；端口：{ports}',
  appeared: '新出现',
  gone: '已消失',
  changed: '有变化',
  'not scanned': '未扫描',
  equal: '相同',
  opened: '新开放',
  closed: '已关闭',
  'service changed': '服务变化',
  'banner changed': '横幅变化',

  // Watching
  'connected again': '已重新连接',
  'waits: {reason}': '等待：{reason}',
  '{error}; trying again': '{error}；正在重试',
  'stopped watching; task {task} continues': '已停止跟踪；任务 {task} 继续执行',
  '{code} until {time}': '{code}，直到 {time}',
  'the dispatcher has not taken the task up yet': '分发器尚未接手该任务',
  'an operator paused it': '操作者已将其暂停',
  'RabbitMQ, which carries jobs and reports, is unavailable or has an alarm':
    '传送作业和上报的 RabbitMQ 不可用或处于告警状态',
  'no node takes work of the pool': '没有节点接受该节点池的工作',
  'every node of the pool is offline or silent': '该节点池的所有节点都离线或无响应',
  'every slot of the pool is taken': '该节点池的并发槽已全部占用',
  'its turn in the dispatcher’s window has not come yet': '尚未轮到它进入分发窗口',
  'sent out; no node has taken it from the job queue yet': '已下发；尚无节点从作业队列取走',
  'only retries are left, which wait for their time': '只剩下等待重试时间的地址',
  'every subtask is closed; the task is about to end': '所有子任务都已结束；任务即将结束',
  'a node holds it and has no slot free yet': '已分配给节点，但节点暂无空闲的并发槽',
  'the node that holds it is offline or silent; it will be reassigned': '持有它的节点离线或无响应；将重新分配',
  'its retry waits for its time': '等待重试时间',
  'its last node may not scan the address; its retry waits for its time': '上一个节点不得扫描该地址；等待重试时间',
  'its retry is sent out; no node has taken it yet': '重试已下发；尚无节点取走',
  'its task is paused': '所属任务已暂停',
  'its task has ended; it is being cancelled': '所属任务已结束；正在取消',

  // Top
  'no answer since {duration}': '已 {duration} 没有应答',
  'tasks: {counts}': '任务：{counts}',
  'nodes: {counts}': '节点：{counts}',
  '{rate} addresses per second': '每秒 {rate} 个地址',
  '{used} of {all} slots': '已用 {used} / {all} 个并发槽',
  'this API key may not see the nodes': '此 API 密钥无权查看节点',
  'no open tasks': '没有未结束的任务',
  '… {count} more': '… 还有 {count} 个',
  '{duration} ago': '{duration} 前',

  // Statistics
  '{count}, {percent}% scanned': '{count}，已扫描 {percent}%',
  '{count}, open or ended within {duration}': '{count}，未结束或在 {duration} 内结束',
  ' (there are more)': '（还有更多）',
  '{percent}, {used} of {all} slots': '{percent}，已用 {used} / {all} 个并发槽',
  'unknown: RabbitMQ is unavailable': '未知：RabbitMQ 不可用',
  ' (not empty for {duration})': '（已 {duration} 未清空）',

  // Dead letters and alerts
  'choose the dead letters by --id, --reason, --queue, --task, --before or --after':
    '请用 --id、--reason、--queue、--task、--before 或 --after 选择死信',
  '{matched} matched, {count} replayed, {skipped} skipped': '匹配 {matched}，已重放 {count}，跳过 {skipped}',
  '{matched} matched, {count} discarded, {skipped} skipped': '匹配 {matched}，已丢弃 {count}，跳过 {skipped}',
  '{matched} matched, {count} would be replayed, {skipped} skipped': '匹配 {matched}，将重放 {count}，跳过 {skipped}',
  '{matched} matched, {count} would be discarded, {skipped} skipped': '匹配 {matched}，将丢弃 {count}，跳过 {skipped}',
  'skipped {id}: {why}': '跳过 {id}：{why}',
  'more match: run it again': '还有更多匹配：请再次运行',
  'no: {reason}': '否：{reason}',
  yes: '是',
  '{time} by {operator}': '{time}，操作者 {operator}',
  '{time} by {operator}: {reason}': '{time}，操作者 {operator}：{reason}',
  'alert {alert} {state}: {rule} {subject}': '告警 {alert} {state}：{rule} {subject}',
  firing: '触发',
  acknowledged: '已确认',
  resolved: '已解除',

  // Doctor and conformance
  'Reads RABBITMQ_URL, RABBITMQ_MANAGEMENT_URL, MONGODB_URI, REDIS_URL, REDIS_PREFIX, TLS_*, or the files named by *_FILE, like the services.':
    '与各服务一样，读取 RABBITMQ_URL、RABBITMQ_MANAGEMENT_URL、MONGODB_URI、REDIS_URL、REDIS_PREFIX、TLS_*，或 *_FILE 指定的文件。',
  '{failed} of {all} checks failed': '{all} 项检查中有 {failed} 项失败',
  'no check failed; {warned} of {all} have warnings': '没有检查失败；{all} 项中有 {warned} 项警告',
  'all checks passed': '所有检查均通过',
  'Starts a private RabbitMQ, or takes RABBITMQ_URL, which must name a vhost in which nothing runs.':
    '启动一个私有的 RabbitMQ，或使用 RABBITMQ_URL，其 vhost 中不得有其他程序运行。',
  'docs/node-contract.md says by which environment the node is started.':
    '节点启动时的环境变量见 docs/node-contract.md。',
  '{failed} of {all} rules are broken': '{all} 条规则中有 {failed} 条被违反',
  '{ok} rules kept, {skipped} skipped, none broken': '遵守 {ok} 条规则，跳过 {skipped} 条，无违反',

  // Errors
  'error: ': '错误：',
  'the API refuses {count} fields': 'API 拒绝了 {count} 个字段',
  'field: {field}': '字段：{field}',
  'allowed: {allowed}': '允许：{allowed}',
  nothing: '无',
  'request: {id}': '请求：{id}',
  'send the request again after Retry-After; if it lasts, start more state-updaters':
    '请在 Retry-After 之后重试；若持续如此，请启动更多 state-updater',
  'send the request again; a load balancer sends it to another replica': '请重试；负载均衡会转到其他副本',
  'use a key with the role that the error names, or one without networks': '请使用具有所示角色的密钥，或不限网段的密钥',
  'use a new key for each new request': '每个新请求请使用新的键',
  'send the request again, with the same Idempotency-Key; then look at the health of the backing services':
    '请用同一个 Idempotency-Key 重试；然后检查后端服务的状态',
  'wait for Retry-After seconds, then send fewer requests': '请等待 Retry-After 秒，并减少请求',
  'send the request again in a moment': '请稍后重试',
  'send the request again after Retry-After seconds, with the same key: it gets the answer of the first one':
    '请在 Retry-After 秒后用同一个键重试：将得到第一个请求的答复',
  'create a new task': '请创建新任务',
  'connect again in a few seconds': '请几秒后重新连接',
  'leave `only` out to scan all of its targets again': '去掉 `only` 可重新扫描其全部目标',
  'use a page of this host, or an API key; behind a proxy, set TRUST_PROXY, and let it pass Host and X-Forwarded-Proto':
    '请使用本主机的页面或 API 密钥；若在代理之后，请设置 TRUST_PROXY，并让代理转发 Host 与 X-Forwarded-Proto',
  'cancel the task first': '请先取消任务',
  'close unused connections; if the replica is full, connect again or start more replicas':
    '请关闭不用的连接；若该副本已满，请重新连接或启动更多副本',
  'list the operations and use an id from there': '请列出操作，并使用其中的 ID',
  'choose another name, or revoke the other key first': '请换一个名称，或先吊销另一个密钥',
  'revoke keys that nobody uses: `last_used_time` shows them': '请吊销无人使用的密钥：见 `last_used_time`',
  'read the task again, and decide again': '请重新读取任务后再决定',
  'search the log for the request_id, and report the bug': '请在日志中搜索该请求编号，并报告缺陷',
  'check that MongoDB runs and MONGODB_URI reaches it': '请确认 MongoDB 正在运行且 MONGODB_URI 可达',
  'check that Redis runs and REDIS_URL reaches it': '请确认 Redis 正在运行且 REDIS_URL 可达',
  'check that RabbitMQ runs and RABBITMQ_URL reaches it': '请确认 RabbitMQ 正在运行且 RABBITMQ_URL 可达',
  '{command} lists them': '用 {command} 查看列表',
  'check the address: --url, CYBERSTROLL_URL, or the local stack of "npm start"; cyberstroll doctor checks the rest':
    '请检查地址：--url、CYBERSTROLL_URL，或用 "npm start" 启动的本地环境；其余由 cyberstroll doctor 检查',
  interrupted: '已中断',
  'no answer from {url}: {cause}': '{url} 没有应答：{cause}',
  'the answer was cut off from {url}: {cause}': '来自 {url} 的应答中断：{cause}',
  '{url} answered with an unexpected body': '{url} 的应答内容不符合预期',
  '{url} sent more than {megabytes} MB': '{url} 发送的内容超过 {megabytes} MB',
  'the list does not continue: the answer names the cursor that was asked for':
    '列表无法继续：应答给出的游标就是所请求的游标',
  'no answer within {seconds} s': '{seconds} s 内没有应答',
  'connection failed': '连接失败',
  ' (give a key with --key or CYBERSTROLL_API_KEY)': '（请用 --key 或 CYBERSTROLL_API_KEY 提供密钥）',
  ' (try again in {seconds} s)': '（请在 {seconds} s 后重试）',
  'no running stack found: start one with "npm start", or set RABBITMQ_URL, MONGODB_URI and REDIS_URL':
    '没有找到正在运行的环境：请用 "npm start" 启动，或设置 RABBITMQ_URL、MONGODB_URI 和 REDIS_URL',
  'no running stack found: start one with "npm start", or name an API with --url':
    '没有找到正在运行的环境：请用 "npm start" 启动，或用 --url 指定 API',
  '{file} is damaged: it does not describe a stack. Start the stack again':
    '{file} 已损坏：其内容不是环境描述。请重新启动环境',
  '"{text}" is not a {protocol}:// or {protocol}s:// address': '"{text}" 不是 {protocol}:// 或 {protocol}s:// 地址',
  '"{text}" is not an http:// or https:// address': '"{text}" 不是 http:// 或 https:// 地址',
  'choose --json or --format {format}': '--json 和 --format {format} 只能选一个',
  'Must be a whole number from {min}.': '必须是不小于 {min} 的整数。',
  'Must be a whole number from {min} to {max}.': '必须是 {min} 到 {max} 的整数。',
  'Must be a number of seconds, 0 or more.': '必须是秒数，不小于 0。',
  'Must be a time with an offset, such as 2026-01-31T12:00:00Z.': '必须是带时区偏移的时间，如 2026-01-31T12:00:00Z。',
  'Must be a count such as 3, or a share of all targets from 0% to 100%.':
    '必须是个数（如 3），或占全部目标的比例（0% 到 100%）。',
  'Must be CODE=yes or CODE=no.': '必须是 CODE=yes 或 CODE=no。',
  'Allowed choices are {choices}.': '可选值：{choices}。',
  '(Did you mean {name}?)': '（是否想输入 {name}？）',

  // Help and errors of commander
  'Examples:': '示例：',
  'Usage:': '用法：',
  'Arguments:': '参数：',
  'Options:': '选项：',
  'Global Options:': '全局选项：',
  'Commands:': '命令：',
  'Exit codes:': '退出码：',
  '[options]': '[选项]',
  '[command]': '[命令]',
  'choices: {choices}': '可选值：{choices}',
  'default: {value}': '默认：{value}',
  '(--help shows how)': '（用 --help 查看用法）',
  "error: unknown command '{name}'": "错误：未知命令 '{name}'",
  "error: unknown option '{name}'": "错误：未知选项 '{name}'",
  "error: missing required argument '{name}'": "错误：缺少参数 '{name}'",
  "error: option '{flags}' argument missing": "错误：选项 '{flags}' 缺少取值",
  "error: required option '{flags}' not specified": "错误：必须给出选项 '{flags}'",
  "error: option '{flags}' argument '{value}' is invalid. {reason}":
    "错误：选项 '{flags}' 的取值 '{value}' 无效。{reason}",
  "error: command-argument value '{value}' is invalid for argument '{name}'. {reason}":
    "错误：参数 '{name}' 的取值 '{value}' 无效。{reason}",
  'error: too many arguments. Expected {expected} arguments but got {count}.':
    '错误：参数过多。应为 {expected} 个，实际为 {count} 个。',
  "error: too many arguments for '{name}'. Expected {expected} argument but got {count}.":
    "错误：'{name}' 的参数过多。应为 {expected} 个，实际为 {count} 个。",
  "error: too many arguments for '{name}'. Expected {expected} arguments but got {count}.":
    "错误：'{name}' 的参数过多。应为 {expected} 个，实际为 {count} 个。",
  '(Did you mean one of {names}?)': '（是否想输入其中之一：{names}？）',

  // Exit codes
  'done; a watched task COMPLETED': '完成；被跟踪的任务为 COMPLETED（已完成）',
  'any other error (key refused, server error)': '其他错误（密钥被拒绝、服务器错误）',
  'wrong arguments, or a value that the API refuses': '参数错误，或取值被 API 拒绝',
  'the named task, subtask, node, alert or dead letter does not exist': '指定的任务、子任务、节点、告警或死信不存在',
  'the status does not allow the command': '当前状态不允许该命令',
  'task diff found a difference': 'task diff 发现差异',
  'a watched task ended as FAILED, CANCELLED or TIMEOUT': '被跟踪的任务以 FAILED、CANCELLED 或 TIMEOUT 结束',
  'no stack found, no connection, or the API is unavailable (502, 503, 504)':
    '没有找到环境、无法连接，或 API 不可用（502、503、504）',
  'Ctrl-C; a watched task continues': 'Ctrl-C；被跟踪的任务继续执行',
} as const satisfies Record<string, string>;
