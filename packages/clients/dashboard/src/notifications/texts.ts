import { defineTexts } from '../language/define-texts';

export const t = defineTexts({
  notify: ['Notify me in this browser', '在此浏览器中通知我'],
  notify_what: [
    'Once for each rule that begins to fire; never of acknowledged or silenced alerts.',
    '每条规则开始触发时通知一次；已确认或已静默的告警不通知。',
  ],
  notify_denied: [
    'The browser denies it. Allow notifications in its settings for this site, then switch this on.',
    '浏览器已拒绝。请在浏览器的网站设置中允许通知，再打开此开关。',
  ],
  notify_missing: [
    'This browser shows no notifications here. They need HTTPS.',
    '此浏览器在这里无法显示通知：需要 HTTPS。',
  ],
  new_alerts: ['{count} alerts are firing', '{count} 条告警触发中'],
});
