/** What only readers of Chinese load: a file of its own. */
export { CHINESE_ERRORS, toChinese } from '@cyberstroll/words';
