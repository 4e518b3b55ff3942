import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { logo } from './logo';
import { splash } from './splash';
import { themes } from './themes';

import '../style/index.css';

const plugins: JupyterFrontEndPlugin<unknown>[] = [themes, logo, splash];

export default plugins;
