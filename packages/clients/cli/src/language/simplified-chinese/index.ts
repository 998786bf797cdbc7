import { HELP } from './help';
import { NAMES } from './names';
import { TEXTS } from './texts';

export { CODES as ZH_CN_CODES } from './codes';

/** 简体中文, by the English text. */
export const ZH_CN = { ...HELP, ...NAMES, ...TEXTS } as const;
