import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { language } from './language';
import { logo } from './logo';
import { splash } from './splash';
import { themes } from './themes';

import '../style/index.css';

const plugins: JupyterFrontEndPlugin<unknown>[] = [themes, logo, splash, language];

export default plugins;
