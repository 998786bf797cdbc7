import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Calendar', '日历'],
  weeks: ['Weeks', '周'],
  previous: ['Previous week', '上一周'],
  present: ['This week', '本周'],
  next_week: ['Next week', '下一周'],
  no_zone: ['{zone} is no time zone; times are in {used}.', '{zone} 不是时区；时间按 {used} 显示。'],
  none: ['Nothing is planned in this week: tasks may begin at any time.', '本周没有任何安排：任务随时可以开始。'],
  how: [
    'A blackout lets a network, a pool or everything begin nothing for a time. Schedules create tasks at planned times; windows are set for each task.',
    '禁扫期使某网段、节点池或全部任务在一段时间内不开始任何扫描。计划在预定时间创建任务；扫描时段在每个任务中设置。',
  ],
  to_schedules: ['Plan a schedule', '新建计划'],
  holds: ['Nothing begins', '不开始扫描'],
  windows: ['Scans may begin', '可以开始扫描'],
  hours: ['Limits and exclusions count', '限制和排除规则生效'],
  planned: ['Planned runs', '计划的运行'],
  window: ['Window', '扫描时段'],
  limit: ['Limit', '限制'],
  exclusion: ['Exclusion', '排除规则'],
  schedule: ['Schedule', '计划'],
  and_more: ['and {count} more', '等另外 {count} 个'],
  runs: ['{count} runs', '{count} 次运行'],
  days: ['Day by day', '逐日'],
  nothing: ['Nothing', '无'],
  today: ['today', '今天'],
  cut: [
    'There are more than these: windows of the newest {tasks} open tasks, the newest {schedules} schedules, and the newest {rules} exclusions are shown.',
    '未全部显示：只包括最新的 {tasks} 个未结束任务的扫描时段、最新的 {schedules} 个计划，以及最新的 {rules} 条排除规则。',
  ],
});
