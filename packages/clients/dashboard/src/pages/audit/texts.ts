import { defineTexts } from '../../language/define-texts';

export const t = defineTexts(
  {
    title: 'Audit log',
    time: 'Time',
    operator: 'Key',
    operation: 'Command',
    subject: 'About',
    reason: 'Reason',
    change: 'Before → after',
    result: 'Answer',
    address: 'From',
    login: 'refused login',
    task_id: 'Task',
    none: 'No entry.',
    unknown: 'not answered',
  },
  {
    title: '审计日志',
    time: '时间',
    operator: '密钥',
    operation: '命令',
    subject: '对象',
    reason: '原因',
    change: '之前 → 之后',
    result: '应答',
    address: '来源',
    login: '登录被拒',
    task_id: '任务',
    none: '没有记录。',
    unknown: '未应答',
  },
);
