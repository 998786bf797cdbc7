import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Schedules', '计划'],
  none: [
    'No schedule yet. One creates the same task again and again, at planned times.',
    '还没有计划。计划会在预定的时间反复创建同一任务。',
  ],
  next: ['Next', '下一次'],
  next_times: ['Next planned times', '接下来的计划时间'],
  if_resumed: ['if it were resumed now', '若现在恢复'],
  active: ['active', '有效'],
  paused_by: ['Paused by {operator}: {reason}', '由 {operator} 暂停：{reason}'],
  in_name_of: ['It acts in the name of {operator}.', '以 {operator} 的名义执行。'],
  runs: ['Runs', '运行'],
  no_runs: ['It has not run yet.', '尚未运行。'],
  planned: ['Planned for', '计划时间'],
  outcome: ['Outcome', '结果'],
  waiting: ['waits for its task', '等待创建任务'],
  run_created: ['task created', '已创建任务'],
  skipped_overlap: ['skipped: a task was open', '跳过：仍有任务未结束'],
  missed: ['missed', '错过'],
  failed: ['failed', '失败'],
  ended_as: ['Ended as', '任务结果'],
  what_changed: ['What changed', '变化'],
  changes: [
    '{opened} opened, {closed} closed, {changed} other services',
    '新开放 {opened}，已关闭 {closed}，服务变化 {changed}',
  ],
  no_change: ['nothing', '无'],
  by_hand: ['by {operator}', '由 {operator} 发起'],
  create: ['New schedule', '新建计划'],
  pause_what: [
    'It creates no tasks until it is resumed. Its open tasks continue.',
    '恢复之前不创建任务；未结束的任务继续。',
  ],
  resume_what: [
    'Planned times of the pause are not caught up. It acts in the name of this key from now on.',
    '暂停期间的计划时间不会补上。此后以此密钥的名义执行。',
  ],
  run_now: ['Run now', '立即运行'],
  run_what: ['Creates one task now, beside the planned times.', '现在创建一个任务，不影响计划时间。'],
  delete_what: [
    'Deletes the schedule and the history of its runs. Its tasks stay.',
    '删除计划及其运行历史；任务保留。',
  ],
  target_of: ['Targets of each task', '每个任务的目标'],
});
