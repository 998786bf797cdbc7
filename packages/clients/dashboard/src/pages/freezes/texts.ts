import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['Freezes', '冻结'],
  none: [
    'Nothing is frozen, and nothing will be. A freeze, or a blackout at planned times, lets a network, a pool or everything begin nothing.',
    '没有冻结，也没有计划的禁扫期。冻结或计划的禁扫期使某网段、节点池或全部任务不开始任何扫描。',
  ],
  kind: ['Kind', '种类'],
  from: ['From', '开始'],
  until: ['Until', '结束'],
  made_by: ['Made by', '创建者'],
  create: ['New freeze', '新建冻结'],
  create_does: [
    'In this time no node begins another address of what it covers. With a beginning it is a blackout, which needs an end.',
    '在此期间，所有节点都不再开始扫描所覆盖的地址。填写开始时间即为禁扫期，须同时填写结束时间。',
  ],
});
