import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Audit log', '审计日志'],
  time: ['Time', '时间'],
  operator: ['Key', '密钥'],
  operation: ['Command', '命令'],
  subject: ['Subject', '对象'],
  reason: ['Reason', '原因'],
  change: ['Before → after', '之前 → 之后'],
  result: ['Result', '结果'],
  address: ['From', '来源'],
  login: ['refused login', '登录被拒'],
  task_id: ['Task', '任务'],
  none: ['No entry.', '没有记录。'],
  unknown: ['no result', '无结果'],
});
