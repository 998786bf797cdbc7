import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Limits', '限制'],
  none: [
    'No limit yet: tasks scan as hard as the fleet can. A limit spares a network, a pool, the tasks with a label, or everything.',
    '还没有限制：任务会以全部节点的能力扫描。限制可减轻对网段、节点池、带标签的任务或全部任务的压力。',
  ],
  at_once: ['Under scan at once', '同时扫描'],
  at_once_of: ['{used} of at most {all} addresses are sent out', '已下发 {used} 个地址，最多 {all} 个'],
  any_number: ['{used}, no maximum', '{used}，无上限'],
  not_begun: ['{count} of them not begun', '其中 {count} 个未开始'],
  per_second: ['Starts per second', '每秒开始'],
  next_start: ['next', '下一个'],
  tasks: ['Open tasks', '未结束的任务'],
  held_by: ['Held by', '占用任务'],
  changed: ['changed', '修改于'],
  create: ['New limit', '新建限制'],
  create_what: ['All other limits hold, too. Give at least one number.', '与其他限制同时生效。至少填一个数值。'],
  hours: ['Hours in which it counts', '生效的时段'],
  each_prefix: ['at most {count} in each /{v4} and /{v6}', '每个 /{v4} 和 /{v6} 最多 {count} 个'],
  fullest: ['{used} in {prefix}', '{prefix} 中有 {used} 个'],
  not_now: ['not now', '当前不生效'],
  change_what: ['Changes the limit on {covers}. An empty field removes it.', '修改 {covers} 的限制；清空即取消。'],
  delete_what: [
    'Removes the limit on {covers}. {count} open {count|task scans|tasks scan} without it at once.',
    '移除 {covers} 的限制。{count} 个未结束的任务立即不再受它约束。',
  ],
  one: ['One limit is shown.', '只显示一个限制。'],
  gone: ['There is no such limit.', '没有这个限制。'],
  all: ['All limits', '所有限制'],
});
