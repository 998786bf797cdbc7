// All texts side by side in the bundle: 2 KB less with gzip.
import.meta.glob('./**/texts.ts', { eager: true });

import { render } from 'preact';
import { App } from './app/app';
import { startClock } from './app/clock';
import { followLinks } from './app/navigation';
import { nameDocument } from './app/shell';
import { listenForShortcuts } from './app/shortcuts';
import { applyTheme } from './app/theme';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';

applyTheme();
startClock();
followLinks();
listenForShortcuts();
nameDocument();
render(<App />, document.getElementById('app') as HTMLElement);
