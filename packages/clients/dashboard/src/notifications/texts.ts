import { defineTexts } from '../language/define-texts';

export const t = defineTexts({
  notify: ['Notify me in this browser', '在此浏览器中通知我'],
  notify_what: [
    'Once for each rule that begins to fire and is not silenced.',
    '每条规则开始触发时通知一次，静默除外。',
  ],
  notify_denied: [
    'The browser denies it. Allow notifications in its settings for this site, then switch this on.',
    '浏览器已拒绝。请在浏览器的网站设置中允许通知，再打开此开关。',
  ],
  notify_missing: ['This browser shows none here. They need HTTPS.', '此浏览器无法显示：需要 HTTPS。'],
  new_alerts: ['{count} alerts are firing', '{count} 条告警触发中'],
});
