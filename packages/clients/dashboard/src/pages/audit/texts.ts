import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Audit log', '审计日志'],
  time: ['Time', '时间'],
  operator: ['Key', '密钥'],
  operation: ['Command', '命令'],
  subject: ['About', '对象'],
  reason: ['Reason', '原因'],
  change: ['Before → after', '之前 → 之后'],
  result: ['Answer', '应答'],
  address: ['From', '来源'],
  login: ['refused login', '登录被拒'],
  task_id: ['Task', '任务'],
  none: ['No entry.', '没有记录。'],
  unknown: ['not answered', '未应答'],
});
