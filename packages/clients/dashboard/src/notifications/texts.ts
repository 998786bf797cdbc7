import { defineTexts } from '../language/define-texts';

export const t = defineTexts({
  notify: ['Notify me in this browser', '在此浏览器中通知我'],
  notify_what: [
    'Once for each rule that begins to fire and is not silenced.',
    '每条规则开始触发时通知一次，静默除外。',
  ],
  notify_denied: ['Allow notifications of this site in your browser first.', '请先在浏览器中允许此网站的通知。'],
  notify_missing: ['This browser shows none here. They need HTTPS.', '此浏览器无法显示：需要 HTTPS。'],
  new_alerts: ['{count} alerts are firing', '{count} 条告警触发中'],
});
