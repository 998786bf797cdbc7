// All texts side by side in the bundle: 2 KB less with gzip.
import.meta.glob('./**/texts.ts', { eager: true });

import { render } from 'preact';
import { App } from './app/app';
import { findOpenPages } from './app/pages';
import { nameDocument } from './app/shell';
import { startClock } from './browser/clock';
import { listenForShortcuts } from './browser/keyboard';
import { followLinks } from './browser/navigation';
import { applyTheme } from './browser/theme';
import { notifyOfAlerts } from './notifications/notifications';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/states.css';
import './styles/shell.css';

applyTheme();
startClock();
followLinks();
listenForShortcuts(findOpenPages);
nameDocument();
notifyOfAlerts();
render(<App />, document.getElementById('app') as HTMLElement);
