export const ZH_CN = {
  'Examples:': '示例：',
  'Allowed choices are {choices}.': '可选值：{choices}。',
  '(Did you mean {name}?)': '（是否想输入 {name}？）',
  '{command} lists them': '用 {command} 查看列表',
  'check the address: --url, CYBERSTROLL_URL, or the local stack of "npm start"; cyberstroll doctor checks the rest':
    '请检查地址：--url、CYBERSTROLL_URL，或用 "npm start" 启动的本地环境；其余由 cyberstroll doctor 检查',
  'no answer since {duration}': '已 {duration} 没有应答',
  'tasks: {counts}': '任务：{counts}',
  'nodes: {counts}': '节点：{counts}',
  '{rate} addresses per second': '每秒 {rate} 个地址',
  '{used} of {all} slots': '已用 {used} / {all} 个并发槽',
  'no open tasks': '没有未结束的任务',
  'no nodes': '没有节点',
  '… {count} more': '… 还有 {count} 个',
  '{duration} ago': '{duration}前',
} as const satisfies Record<string, string>;
