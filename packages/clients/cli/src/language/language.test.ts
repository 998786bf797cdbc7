import { findLanguage } from './language';

it.each([
  ['nothing', [], {}, 'en'],
  ['LANG', [], { LANG: 'zh_CN.UTF-8' }, 'zh-CN'],
  ['LANG without a character set', [], { LANG: 'zh_CN' }, 'zh-CN'],
  ['a script', [], { LANG: 'zh_Hans_CN.utf8' }, 'zh-CN'],
  ['another character set, in which UTF-8 is unreadable', [], { LANG: 'zh_CN.GB18030' }, 'en'],
  ['traditional Chinese', [], { LANG: 'zh_TW.UTF-8' }, 'en'],
  ['a language that is not here', [], { LANG: 'de_DE.UTF-8' }, 'en'],
  ['LC_MESSAGES before LANG', [], { LC_MESSAGES: 'zh_CN.UTF-8', LANG: 'C.UTF-8' }, 'zh-CN'],
  ['LC_ALL before both', [], { LC_ALL: 'C', LC_MESSAGES: 'zh_CN.UTF-8' }, 'en'],
  ['an empty LC_ALL', [], { LC_ALL: '', LANG: 'zh_CN.UTF-8' }, 'zh-CN'],
  ['CYBERSTROLL_LANG before the locale', [], { CYBERSTROLL_LANG: 'zh-CN', LC_ALL: 'C' }, 'zh-CN'],
  ['--lang before all', ['task', 'list', '--lang', 'en'], { CYBERSTROLL_LANG: 'zh-CN' }, 'en'],
  ['--lang=', ['--lang=zh-CN', 'task', 'list'], {}, 'zh-CN'],
  ['--lang behind --, which is no option', ['task', 'create', '--', '--lang=zh-CN'], {}, 'en'],
] as const)('%s', (_name, argv, env, language) => {
  expect(findLanguage(argv, env)).toBe(language);
});
