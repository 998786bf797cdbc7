import { defineTexts } from '../../language/define-texts';

export const t = defineTexts({
  title: ['API keys', 'API 密钥'],
  create: ['New key', '新建密钥'],
  role: ['Role', '角色'],
  networks: ['Networks', '网段'],
  networks_hint: ['Addresses and CIDR, with commas; empty: every task', '地址和 CIDR，以逗号分隔；留空：所有任务'],
  expires: ['Expires', '过期时间'],
  never: ['never', '永不'],
  last_used: ['Last used', '最近使用'],
  limit: ['Requests per minute', '每分钟请求数'],
  limit_hint: ['On each replica; empty: the default', '每个副本单独计算；留空用默认值'],
  none: ['No keys here. Those of API_KEYS are in the configuration.', '没有密钥。API_KEYS 中的密钥在配置里。'],
  yours: ['yours', '当前'],
  revoked: ['Revoked', '吊销时间'],
  present: ['current keys', '现有密钥'],
  revoked_ones: ['revoked keys of the last 90 days', '最近 90 天吊销的密钥'],
  rotate: ['New secret', '轮换密钥'],
  rotate_what: [
    'Gives "{name}" a new secret. The old one is refused within 5 seconds, and its connections are closed.',
    '为“{name}”生成新的密钥值。旧密钥值 5 秒内被拒绝，其连接会关闭。',
  ],
  grace: ['Seconds for which the old secret stays valid', '旧密钥值继续有效的秒数'],
  revoke: ['Revoke', '吊销'],
  revoke_what: [
    'Refuses "{name}" for good, within 5 seconds on every replica. Its sessions and connections are closed.',
    '永久拒绝“{name}”，5 秒内在所有副本生效。其会话和连接会关闭。',
  ],
  secret_lost: ['The answer with it was lost. Give the key a new secret.', '含密钥值的响应已丢失。请轮换该密钥。'],
  of_days: ['Expires after days', '多少天后过期'],
  of_days_hint: ['Empty: never', '留空：永不过期'],
});
