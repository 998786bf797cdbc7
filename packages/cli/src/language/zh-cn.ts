export const ZH_CN = {
  'Examples:': '示例：',
  'Allowed choices are {choices}.': '可选值：{choices}。',
  '(Did you mean {name}?)': '（是否想输入 {name}？）',
  '{command} lists them': '用 {command} 查看列表',
  'check the address: --url, CYBERSTROLL_URL, or the local stack of "npm start"; cyberstroll doctor checks the rest':
    '请检查地址：--url、CYBERSTROLL_URL，或用 "npm start" 启动的本地环境；其余由 cyberstroll doctor 检查',
} as const satisfies Record<string, string>;
