import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Webhooks', 'Webhook 通知'],
  create: ['New webhook', '新建 webhook'],
  create_does: [
    'Sends changes of the inventory to an address by HTTP POST, signed, until it answers 2xx.',
    '将资产清单的变化通过 HTTP POST 发送到指定地址，带签名，直到收到 2xx 响应。',
  ],
  none: ['No webhooks. Those of the configuration are not listed.', '没有 webhook。配置中的 webhook 不在此列。'],
  url: ['Address', '接收地址'],
  sends: ['Sends', '发送内容'],
  all_changes: ['all changes', '所有变化'],
  delivered: ['Delivered', '最近送达'],
  failing: ['fails: {fault}', '失败：{fault}'],
  not_failing: ['works', '正常'],
  only_kind: ['Only changes of this kind', '仅此类变化'],
  only_ports: ['Only these ports, with commas', '仅这些端口，以逗号分隔'],
  only_target: ['Only this address or network', '仅此地址或网段'],
  only_severity: ['Only findings of this severity', '仅此严重程度的发现'],
  only_label: ['Only of tasks with this label', '仅由有此标签的任务显示的变化'],
  delete_what: ['Nothing more is sent to "{name}".', '不再向“{name}”发送。'],
  secret_lost: [
    'The answer with it was lost. Delete the webhook, and make it again.',
    '含密钥值的响应已丢失。请删除此 webhook 后重新创建。',
  ],
  host_appeared: ['a host appeared', '出现新主机'],
  port_opened: ['a port opened', '端口开放'],
  port_closed: ['a port closed', '端口关闭'],
  service_changed: ['a service changed', '服务变化'],
  finding_new: ['a new finding', '新发现'],
  finding_gone: ['a finding is gone', '发现消失'],
  finding_back: ['a finding is back', '发现再次出现'],
});
