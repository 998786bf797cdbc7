import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Audit log', '审计日志'],
  operator: ['Key', '密钥'],
  operation: ['Command', '命令'],
  change: ['Before → after', '之前 → 之后'],
  address: ['From', '来源'],
  after: ['From time', '起始时间'],
  before: ['Until', '截止时间'],
  dry_run: ['dry run', '试运行'],
  dry_run_means: ['It only asked what would happen; nothing changed.', '仅查询会发生什么，未作任何更改。'],
  task_id: ['Task', '任务'],
  deleted_task: ['a deleted task', '已删除的任务'],
  times: ['{count} times', '{count} 次'],
  none: ['No entry matches.', '没有符合条件的记录。'],
  unknown: ['no result', '无结果'],
});
