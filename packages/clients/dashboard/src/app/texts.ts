import { defineTexts } from '../language/define-texts';

/** The texts of the frame around every page. */
export const t = defineTexts({
  main: ['Main', '主导航'],
  skip: ['Skip to content', '跳到正文'],
  language: ['Language', '语言'],
  theme: ['Colours', '配色'],
  system: ['as the system', '跟随系统'],
  light: ['light', '浅色'],
  dark: ['dark', '深色'],
  log_out: ['Log out', '退出登录'],
  logged_in_as: ['Logged in as {key} ({role})', '已登录：{key}（{role}）'],
  not_found: ['There is no such page.', '没有这个页面。'],
  not_allowed: ['This page needs the role {role}.', '此页面需要 {role} 角色。'],
  api_key: ['API key', 'API 密钥'],
  log_in: ['Log in', '登录'],
  log_in_title: ['Log in to CyberStroll', '登录 CyberStroll'],
  log_in_hint: [
    'The key is exchanged for a session of 12 hours. The browser does not keep it.',
    '密钥用于换取 12 小时的会话，浏览器不保存密钥。',
  ],
  session_ended: [
    'The session has ended, or its key was revoked. Log in to continue where you were.',
    '会话已结束，或密钥已被吊销。登录后可从原处继续。',
  ],
  refused: ['Not logged in: {detail}', '登录失败：{detail}'],
  shortcuts: ['Keyboard', '键盘快捷键'],
  search: ['Search', '搜索'],
  go_to: ['go to: {page}', '前往：{page}'],
  this_list: ['this list', '本列表'],
  search_key: ['search', '搜索'],
});
