import { defineTexts } from './say';

/** What several commands say. */
export const say = defineTexts({
  no: ['no {noun}', '没有{noun}'],
  yes: ['yes', '是'],
  error: ['error: ', '错误：'],
  interrupted: ['interrupted', '已中断'],
  json_or_format: ['choose --json or --format {format}', '--json 和 --format {format} 只能选一个'],
  only_addresses: [
    'only these addresses, such as 10.0.7.0/24 or 10.0.7.1-20',
    '只限这些地址，例如 10.0.7.0/24 或 10.0.7.1-20',
  ],
  last_error_code: ['only those whose last error has this code', '只限最近一次错误为此代码的地址'],
  most_per_call: ['largest number per call', '每次调用最多处理多少'],
  stored_in_audit_log: ['stored in the audit log', '写入审计日志的原因'],
  scan_network: ['scan a network and follow the progress', '扫描一个网段并跟踪进度'],
  hosts_with_port: ['which hosts have port 22 open?', '哪些主机开放了 22 端口？'],
  why_in_history: ['say why in its history', '在历史中写明原因'],
  why_in_audit_log: ['the reason is in the audit log', '原因写入审计日志'],
});
